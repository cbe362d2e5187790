import { runAndReport } from '../../support/vscode/reportFile.ts'
import { actionCases } from './actionCases.ts'
import { askCases } from './askCases.ts'
import { endCases } from './endCases.ts'
import { evaluationCases } from './evaluationCases.ts'
import { firstStepCases } from './firstStepCases.ts'
import { inFileCases } from './inFileCases.ts'
import { keyCases } from './keyCases.ts'
import { languageModelCases } from './languageModelCases.ts'
import { modelCases } from './modelCases.ts'
import { providerCases } from './providerCases.ts'
import { resultsCases } from './resultsCases.ts'
import { runCases } from './runCases.ts'
import { setupCases } from './setupCases.ts'
import { sidebarCases } from './sidebarCases.ts'
import { sourceCases } from './sourceCases.ts'
import { startCases } from './startCases.ts'
import { statusCases } from './statusCases.ts'
import { textCases } from './textCases.ts'

/** What the editor calls in its extension host. */
export function run(): Promise<void> {
  return runAndReport([
    ...startCases,
    ...setupCases,
    ...textCases,
    ...statusCases,
    ...providerCases,
    ...keyCases,
    ...modelCases,
    ...sidebarCases,
    ...runCases,
    ...resultsCases,
    ...askCases,
    ...actionCases,
    ...sourceCases,
    ...inFileCases,
    ...evaluationCases,
    ...firstStepCases,
    ...languageModelCases,
    ...endCases,
  ])
}
