// Rows to judge. No two have the same text: identical ones would be asked about once only.
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import readline from 'node:readline'

const filler = 'It worked before, and the log says nothing of use. '.repeat(4)

/** About 300 characters each, as JSONL or, by the file's ending, as CSV. */
export async function writeItems(file, count) {
  const rowOf = file.endsWith('.csv') ? csvRow : jsonRow
  const out = createWriteStream(file)
  if (file.endsWith('.csv')) out.write('id,text\n')
  let rows = ''
  for (let number = 0; number < count; number += 1) {
    rows += rowOf(number)
    // A write for each row would take longer than the rows.
    if (rows.length < 65_536) continue
    if (!out.write(rows)) await once(out, 'drain')
    rows = ''
  }
  out.end(rows)
  await once(out, 'finish')
}

function textOf(number) {
  return `Item ${number}: the nightly build of the compiler fails on the second machine since the update of its cache. ${filler}`
}

function jsonRow(number) {
  return `${JSON.stringify({ id: `item-${number}`, text: textOf(number) })}\n`
}

/** Quoted, since the text has commas. */
function csvRow(number) {
  return `item-${number},"${textOf(number)}"\n`
}

/** A fast run that lost something, or did something twice, is worth nothing. */
export async function checkResults(file, items) {
  const ids = new Set()
  let lines = 0
  for await (const line of readline.createInterface({ input: createReadStream(file) })) {
    const { id, status = 'ok', categories } = JSON.parse(line)
    if (status !== 'ok' || !Array.isArray(categories)) throw new Error(`A result is not as the model said: ${line}`)
    ids.add(id)
    lines += 1
  }
  if (ids.size !== items || lines !== items) {
    throw new Error(`${items} items went in, and ${lines} results of ${ids.size} items came out.`)
  }
}
