import type { RunItem } from '../../protocol/resultQueries.ts'
import { correctedMark, correctedResult } from '../../shared/correctedResult.ts'
import { criterionText, describeScoreIn } from '../../shared/criteriaText.ts'
import { evidenceParts } from '../../shared/describe/evidence.ts'
import { english } from '../../shared/language.ts'
import type { ExitCode } from '../invocation/exitCodes.ts'
import { type Host, type Invocation, print } from '../invocation/invocation.ts'
import { findResult } from '../labels/findResult.ts'
import { neutralise, oneLine } from '../terminal/plainText.ts'

/** Prints all that is known of one result, and what its score is made of. */
export async function showItem(
  invocation: Invocation,
  { client }: Host,
  runId: string,
  item: string,
): Promise<ExitCode> {
  const found = await findResult(client, { run: runId, item, folder: invocation.terminal.workingFolder })
  if (!found.ok) return print(invocation, found, () => '')
  const { id, inputHash } = found.value
  return print(invocation, await client.request('run/item', { runId, id, inputHash }), (value) =>
    value === null ? `The run has no result of ${oneLine(id)}.` : itemText(value),
  )
}

function itemText({ result, scoreParts }: RunItem): string {
  const shown = correctedResult(result)
  const { categories, confidence, interest, quality, score, blockedBy, reasoning, error } = shown
  const mark = (name: Parameters<typeof shown.corrected.has>[0]) =>
    shown.corrected.has(name) ? ` ${correctedMark}` : ''
  const why = score !== null && scoreParts ? describeScoreIn(english, score, scoreParts) : score?.toFixed(1)
  const facts: [string, string | null | undefined][] = [
    ['id', result.id],
    ['status', result.status],
    ['categories', categories && `${categories.join(', ') || 'no category'}${mark('categories')}`],
    ['confidence', confidence?.toFixed(2)],
    ['interest', interest === null ? null : `${interest}${mark('interest')}`],
    ['quality', quality === null ? null : `${quality}${mark('quality')}`],
    ...Object.entries(shown.criteria ?? {}).map(([name, value]): [string, string] => {
      const isSaid = Object.hasOwn(result.human?.criteria ?? {}, name)
      return [name, `${criterionText(value)}${isSaid ? ` ${correctedMark}` : ''}`]
    }),
    ['score', why && `${why}${mark('score')}`],
    ['blocked by', blockedBy],
    ['marked', result.addressesJudge ? 'its text speaks to the judge' : null],
    ['error', error && `${error.code}: ${error.message}`],
    ['reasoning', reasoning],
    ...evidenceParts(english, result.evidence).map(([of, passage]): [string, string] => [
      `quoted, ${of.toLowerCase()}`,
      passage ?? 'nothing that stands in the item',
    ]),
  ]
  const told = facts.flatMap(([name, text]) =>
    text === null || text === undefined ? [] : [[oneLine(name), text] as const],
  )
  const width = Math.max(...told.map(([name]) => name.length)) + 2
  return told
    .map(([name, text]) => `${name.padEnd(width)}${neutralise(text).replaceAll('\n', `\n${''.padEnd(width)}`)}`)
    .join('\n')
}
