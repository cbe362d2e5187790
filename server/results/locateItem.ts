import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { type ItemLocation, type ItemText, longestItemText } from '../../protocol/resultQueries.ts'
import { fail } from '../../shared/fail.ts'
import { findEntry, type SourceContext } from './findEntry.ts'
import { findItem } from './findItem.ts'
import type { OpenedResults } from './openedResults.ts'

interface Wanted {
  id: string
  inputHash: string
}

/** Where an item of a run stands in its source now, as `findEntry` finds it. */
export async function locateItem(
  context: SourceContext,
  opened: OpenedResults,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<Outcome<ItemLocation>> {
  const item = await findItem(opened, wanted)
  if (item === null) return notThere(opened, 'the run has no such result')
  const found = await findEntry(context, opened, { item, inputHash: wanted.inputHash }, signal)
  if (!found.ok) return found
  if (found.value === null) return notThere(opened, 'this item is no longer in it')
  const { file, line } = found.value.entry
  return file === null ? notThere(opened, 'it was a text and no file') : succeed({ path: file, line })
}

/** The whole text of an item of a run, as its source has it now. */
export async function readItemText(
  context: SourceContext,
  opened: OpenedResults,
  wanted: Wanted,
  signal?: AbortSignal,
): Promise<Outcome<ItemText>> {
  const item = await findItem(opened, wanted)
  if (item === null) return notThere(opened, 'the run has no such result')
  const found = await findEntry(context, opened, { item, inputHash: wanted.inputHash }, signal)
  if (!found.ok) return found
  if (found.value === null) return succeed({ text: null, isCut: false, isAsJudged: false })
  const { text, isAsJudged } = found.value
  const isCut = text.length > longestItemText
  return succeed({ text: isCut ? text.slice(0, longestItemText).toWellFormed() : text, isCut, isAsJudged })
}

function notThere({ header }: OpenedResults, detail: string): Outcome<never> {
  const source = header.inputs[0]?.path ?? header.runId
  return fail({ code: 'source_invalid', source, problem: 'no_items', detail })
}
