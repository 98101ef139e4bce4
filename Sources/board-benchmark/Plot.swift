// A plot of cost against size, as an SVG file: a line for each series of figures that have a size.

import Foundation

/// Cost in milliseconds against the number of records, which has a logarithmic axis.
struct Plot {
  private let series: [(name: String, points: [(size: Int, cost: Double)])]
  private let width = 720.0
  private let height = 420.0
  private let margin = 60.0
  private static let colours = ["#1b6ca8", "#b5482a", "#3c7d3c", "#7a4a9e"]

  init(_ figures: [Figure]) {
    let sized = figures.filter { $0.size != nil }
    let names = sized.map(\.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    series = names.map { name in
      (name, sized.filter { $0.name == name }.map { ($0.size ?? 1, $0.value) }.sorted { $0.0 < $1.0 })
    }
  }

  func write(to path: String) throws {
    try Data(svg.utf8).write(to: URL(fileURLWithPath: path))
  }

  private var svg: String {
    let points = series.flatMap(\.points)
    let (least, most) = (points.map(\.size).min() ?? 1, points.map(\.size).max() ?? 1)
    let top = max(1, (points.map(\.cost).max() ?? 1) * 1.2)
    func x(_ size: Int) -> Double {
      let span = max(log10(Double(most) / Double(least)), 1e-9)
      return margin + log10(Double(size) / Double(least)) / span * (width - 2 * margin)
    }
    func y(_ cost: Double) -> Double { height - margin - cost / top * (height - 2 * margin) }
    var lines = [
      #"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \#(Int(width)) \#(Int(height))" font-family="sans-serif" font-size="12">"#,
      #"<rect width="100%" height="100%" fill="white"/>"#,
      #"<text x="\#(width / 2)" y="24" text-anchor="middle" font-size="15">Cost of a sync by the size of the copy</text>"#,
    ]
    for step in 0...4 {
      let cost = top * Double(step) / 4
      lines.append(
        #"<path d="M\#(margin) \#(y(cost))H\#(width - margin)" stroke="lightgrey"/>"#
          + #"<text x="\#(margin - 6)" y="\#(y(cost) + 4)" text-anchor="end">\#(String(format: "%.1f", cost)) ms</text>"#
      )
    }
    for size in Set(points.map(\.size)).sorted() {
      lines.append(
        #"<text x="\#(x(size))" y="\#(height - margin + 20)" text-anchor="middle">\#(size) records</text>"#)
    }
    for (number, line) in series.enumerated() {
      let colour = Self.colours[number % Self.colours.count]
      let path = line.points.map { "\(x($0.size)),\(y($0.cost))" }.joined(separator: " ")
      lines.append(#"<polyline points="\#(path)" fill="none" stroke="\#(colour)" stroke-width="2"/>"#)
      for point in line.points {
        lines.append(#"<circle cx="\#(x(point.size))" cy="\#(y(point.cost))" r="3.5" fill="\#(colour)"/>"#)
      }
      lines.append(
        #"<text x="\#(margin + 10)" y="\#(48 + 18 * Double(number))" fill="\#(colour)">\#(line.name)</text>"#)
    }
    return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
  }
}
