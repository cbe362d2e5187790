import { holdsCanary, searchFolder } from '../../support/canary/canary.ts'
import { searched } from '../../support/canary/searchPage.ts'
import { countInteractions } from '../../support/vscode/interactions.ts'
import { reportVariable } from '../../support/vscode/reportFile.ts'
import { runCases } from '../../support/vscode/runner.ts'
import { panelCases } from '../panel/panelCases.ts'
import { Measured } from '../ways/measured.ts'
import { ownFileCases } from '../ways/ownFileCases.ts'
import { startTicketServer } from '../ways/ticketServer.ts'
import { packagedCases } from './packagedCases.ts'
import { personCases } from './personCases.ts'

/** What scripts/test-vscode.mjs runs itself, in a page of the editor, once it is bundled. */
export const tests = {
  ...{ reportVariable, runCases, searched, searchFolder, holdsCanary },
  ...{ personCases, panelCases, packagedCases },
  ...{ countInteractions, Measured, ownFileCases, startTicketServer },
}
