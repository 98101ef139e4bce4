// The rare states a run can reach. A simulator that never gets there proves nothing about them, so every run says which
// it reached, and a long run fails for one it never did.

/// One rare state.
package enum Reach: String, CaseIterable, Codable, Comparable, Sendable {
  // What a hub says.
  case alreadyHad, forked, refused, dependsOnRefused, cursorUnknown
  case pageOfOneRow, morePages, enterNotice, schemaNotice, voidInAPage, changeAfterAVoidInItsChain

  // What the line does.
  case answerLostAfterCommit, answerCut, requestTwice, requestAfterItsTimeout, olderRequestAfterNewer, webPage
  case rejectedOffer

  // What crashes do.
  case deviceCrashWhileItWaits, deviceCrashInAWrite, deviceCrashTakingAnAnswer
  case hubCrashInACommit, hubCrashBeforeItsReply, hubCrashAtStart, hubDownWhenAsked, tornWrite, powerCutOfUnsyncedWrites
  case failedFlush, diskFullOnDevice, diskFullOnHub, ioErrorOnDevice, ioErrorOnHub, hubAnswersItFailed

  // What restores and clones do.
  case deviceRestored, clonesBothWrote, newNameTaken, reissue, reissueAfterACrash, rescueOfOthersBranch
  case hubRestored, hubRestoredTwice, hubRolledBack, latePageAfterARestore, answerToAnEarlierLife
  case refusedAsErased, restInAPage, restOffered, erasedOnADevice
  case leaveNotice, leaveNoticeAgain, revokeNotice, revokeNoticeAgain, enteredAgain, letInAgain, rescueSent
  case leftWithUnsentWords, takenOffWithUnsentWords, crashWhileItPutsAway, proposalTaken, proposalDeclined
  case forgedChange, forgedVoid, forgedRest, replay, questionOfAStranger, strangeRescue, falseClearing
  case keyOfATakenOffComputer
  case adversaryTaken, adversaryRefused, adversaryForked, wrongHub
  case joinedAnew, joiningTwice, confirmedByTicket, ownChainPushedBack, othersChainPushedBack, refusalTakenBack

  // What people do at the same time.
  case conflictOfTwo, conflictOfThree, settledTwice, heldRecord, restoreMeetsDelete, finalDeleteWithUnseenWords
  case addMeetsRemove, furthestRivals, onceRivals, outvoted, writeWhileSending, twoComputersOfOneMember
  case wordsByAnOlderModel

  // What clocks and calendars do.
  case clockSetBack, clockYearsAhead, clockYearsBehind, awayForAYear

  // Acts of administrators, and states that only worlds with rights have.
  case namesakeInvited, anothersName, computerLost, folderRolledBack, elementNamedTwice, lineTooPoor, workWaits
  case sealedWorkEntrusted, roleMissing, spaceUnknown, groupOfRivals

  package static func < (left: Reach, right: Reach) -> Bool {
    left.rawValue < right.rawValue
  }
}
