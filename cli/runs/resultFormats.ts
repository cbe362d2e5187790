import { assertNever } from '../../protocol/names.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import type { ResultFormat, RunView } from '../../protocol/runs.ts'
import { type CsvShape, csvHeaderOf, csvLine } from '../../shared/resultCsv.ts'
import { toJson } from '../terminal/plainText.ts'
import type { ResultPages } from './readResults.ts'

/** A report tells of the run as a whole: the server writes it. */
export type PageFormat = Exclude<ResultFormat, 'sarif' | 'markdown'>

export function isReport(format: ResultFormat): format is 'sarif' | 'markdown' {
  return format === 'sarif' || format === 'markdown'
}

/** Results as they stand in a results file of that format, some at a time. */
export function formatResults(
  format: PageFormat,
  pages: ResultPages,
  { criteria, hasEvidence }: Pick<RunView, 'criteria' | 'hasEvidence'>,
): AsyncIterable<string> {
  switch (format) {
    case 'jsonl':
      return asLines(pages, toJson)
    case 'json':
      return asArray(pages)
    case 'csv':
      return asCsv(pages, { hasCriteria: criteria !== undefined, hasEvidence: hasEvidence === true })
    default:
      return assertNever(format)
  }
}

async function* asLines(pages: ResultPages, line: (record: ResultRecord) => string): AsyncGenerator<string> {
  for await (const records of pages) yield records.map((record) => `${line(record)}\n`).join('')
}

async function* asCsv(pages: ResultPages, shape: CsvShape): AsyncGenerator<string> {
  yield `${csvHeaderOf(shape)}\n`
  yield* asLines(pages, (record) => csvLine(record, shape))
}

async function* asArray(pages: ResultPages): AsyncGenerator<string> {
  yield '[\n'
  let isFirst = true
  for await (const records of pages) {
    for (const record of records) {
      yield `${isFirst ? '' : ',\n'}${toJson(record)}`
      isFirst = false
    }
  }
  yield isFirst ? ']\n' : '\n]\n'
}
