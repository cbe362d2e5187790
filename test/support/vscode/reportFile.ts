import { appendFileSync } from 'node:fs'
import { type Case, type CaseReport, runCases } from './runner.ts'

/** The name of the variable that tells the extension host where to report: its console is not ours. */
export const reportVariable = 'LLM_PROVIDERS_TEST_REPORT'

export type ReportLine = { case: CaseReport } | { note: string } | { end: true }

/** Writes one line as soon as there is something to tell, so that a crash does not take what was known with it. */
function write(line: ReportLine): void {
  const file = process.env[reportVariable]
  if (!file) throw new Error(`${reportVariable} does not say where to report`)
  appendFileSync(file, `${JSON.stringify(line)}\n`)
}

/** Something measured, for people to read; nothing is decided by it. */
export function note(text: string): void {
  write({ note: text })
}

/** Runs the cases inside the editor. The end is written as well: a report without it was cut short. */
export async function runAndReport(list: readonly Case[]): Promise<void> {
  let failed = 0
  await runCases(list, (report) => {
    if (report.failure !== null) failed += 1
    write({ case: report })
  })
  write({ end: true })
  if (failed > 0) throw new Error(`${failed} failed`)
}
