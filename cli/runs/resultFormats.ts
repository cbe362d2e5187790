import { assertNever } from '../../protocol/names.ts'
import type { ResultFormat } from '../../protocol/runs.ts'
import { toJson } from '../terminal/plainText.ts'
import type { ResultPages } from './readResults.ts'

/** Results as they stand in a results file of that format, some at a time. */
export function formatResults(format: ResultFormat, pages: ResultPages): AsyncIterable<string> {
  switch (format) {
    case 'jsonl':
      return asLines(pages)
    case 'json':
      return asArray(pages)
    case 'csv':
      return asLines(pages)
    default:
      return assertNever(format)
  }
}

async function* asLines(pages: ResultPages): AsyncGenerator<string> {
  for await (const records of pages) yield records.map((record) => `${toJson(record)}\n`).join('')
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
