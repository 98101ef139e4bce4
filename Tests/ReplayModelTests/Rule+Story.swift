// The rough steps by which a rule comes to matter. Seeds fill in who does it, and what else happens.

extension Rule {
  var story: [Step] {
    switch self {
    case .receiptsAreShown: [.backUp, .write, .losePage, .rollBack, .visit]
    case .receiptsStayUntilRead:
      [.backUp, .write, .losePage, .restore, .endReplay, .hubWrites, .backUp, .losePage, .restore, .visit]
    case .rollbackIsProved: [.backUp, .write, .everybodyVisits, .write, .visit, .rollBack, .visit, .write, .visit]
    case .checkpointsCarryAncestors:
      [.backUp, .restore, .endReplay, .write, .everybodyVisits, .write, .visit, .rollBack, .visit, .write, .visit]
    case .cursorIsDigest: [.backUp, .write, .visit, .restore, .endReplay, .write, .visit]
    case .digestCoversOutcome, .rowsNeedProof: [.forge, .withdraw, .backUp, .write, .visit, .restore, .visit]
    case .pagesEndWithCheckpoints:
      [.backUp, .write, .write, .visit, .visitOverWorseLine, .visitOverWorseLine, .destroy, .restore]
    case .checkpointsWithinPages: [.backUp, .write, .write, .write, .visit, .destroy, .slowLines, .restore]
    case .vouchedIsNotJudged: [.backUp, .write, .visit, .restore, .withdraw, .visit]
    case .takenOutranksVoid: [.backUp, .write, .loseAnswer, .visit, .restore, .withdraw, .endReplay, .visit]
    case .lateRowsComeInOrder: [.backUp, .write, .write, .visit, .restore, .endReplay, .hubWrites, .visit]
    case .endForbidsNothing: [.backUp, .write, .visit, .restore, .endReplay]
    case .hubWaitsForReplay: [.backUp, .write, .visit, .restore, .hubWrites]
    case .bodiesAreWanted: [.withhold, .backUp, .write, .everybodyVisits, .restore, .visit]
    case .copiesAskForBodies: [.withhold, .backUp, .write, .visit, .visit, .restore, .visit, .visit]
    case .newNameEachOpening: [.backUp, .hubWrites, .restore, .endReplay, .hubWrites]
    case .spaceIDFollowsName, .unknownSpaceIsSaid: [.backUp, .makeSpace, .visit, .write, .visit, .restore, .makeSpace]
    case .takenDotIsReadmitted:
      [.hubWrites, .backUp, .hubWrites, .everybodyVisits, .rollBack, .hubWrites, .everybodyVisits]
    case .readmissionNamesOriginal:
      [
        .clone, .backUp, .write, .visit, .restore, .endReplay, .write, .visit, .losePage, .backUp, .losePage,
        .everybodyVisits, .write, .restore, .endReplay, .visit,
      ]
    case .lateRowsNameByDigest:
      [.hubWrites, .backUp, .hubWrites, .everybodyVisits, .write, .visit, .rollBack, .hubWrites, .everybodyVisits]
    case .freshWorkNeedsCursor:
      [.hubWrites, .backUp, .hubWrites, .everybodyVisits, .rollBack, .hubWrites, .write, .visit]
    case .freshWorkWaits: [.backUp, .write, .everybodyVisits, .restore, .write, .visit]
    case .newerLamportIsLater: [.backUp, .write, .visit, .snapshot, .writeRecord, .destroy, .restore, .endReplay]
    case .newerModelIsLater: [.backUp, .raiseModel, .visit, .write, .restore, .endReplay]
    case .ticketsAdmitRows: [.backUp, .join, .write, .visit, .restore]
    case .ticketsGiveNoRight: [.withdraw, .backUp, .grant, .visit, .withdraw, .write, .restore, .endReplay, .visit]
    case .ticketsPostponeRefusals: [.withdraw, .backUp, .grant, .visit, .write, .restore, .endReplay, .visit]
    case .sealedUntilSafe: [.write, .backUp, .revoke, .visit, .restore]
    case .bringsBeforeClearing: [.backUp, .write, .visit, .revoke, .restore, .visit]
    case .ledgerIsAskedForBodies: [.write, .everybodyVisits, .backUp, .erase, .rollBack, .join, .visit]
    case .ledgerHoldsRevocations: [.backUp, .write, .revoke, .rollBack, .visit]
    case .withheldWithoutLedger:
      [.write, .visit, .backUp, .erase, .everybodyVisits, .loseLedger, .restore, .join, .visit]
    case .snapshotStateIsOffered: [.backUp, .write, .visit, .snapshot, .destroy, .restore]
    case .lostWorkIsRewritten: [.backUp, .write, .visit, .snapshot, .destroy, .write, .restore]
    }
  }
}
