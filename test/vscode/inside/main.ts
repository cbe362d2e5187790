import { runAndReport } from '../../support/vscode/reportFile.ts'
import { endCases } from './endCases.ts'
import { keyCases } from './keyCases.ts'
import { modelCases } from './modelCases.ts'
import { providerCases } from './providerCases.ts'
import { runCases } from './runCases.ts'
import { startCases } from './startCases.ts'
import { textCases } from './textCases.ts'

/** What the editor calls in its extension host. */
export function run(): Promise<void> {
  return runAndReport([...startCases, ...textCases, ...providerCases, ...keyCases, ...modelCases, ...runCases, ...endCases])
}
