import { join } from 'node:path'
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { ParsedParams, Result } from '../../protocol/contract.ts'
import { goldenFile } from '../../protocol/labels.ts'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { PlacedCategory, ProfileNote } from '../../protocol/profile.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { foldName } from '../domain/categoryNames.ts'
import type { GoldenStore } from '../labels/goldenStore.ts'
import type { ResultQueries } from '../results/resultQueries.ts'
import { listKeptIn } from '../store/revisionTable.ts'
import type { Store } from '../store/store.ts'
import { readProfile } from './readProfile.ts'

export interface AdviceParts {
  store: Pick<Store, 'read'>
  golden(): Promise<Pick<GoldenStore, 'read'>>
  runs(): Promise<Pick<ResultQueries, 'summary'>>
}

/** The results of more runs are not counted: the newest say how a list fits by now. */
const runsCounted = 20

/** What `profile/advise` answers. */
export async function adviseOnProfile(
  { store, golden, runs }: AdviceParts,
  { workspaceFolder, text, name }: ParsedParams<'profile/advise'>,
  signal: AbortSignal,
): Promise<Result<'profile/advise'>> {
  const read = readProfile(text, name ?? 'profile')
  if (!read.ok) return read
  const labels = await countLabels(await golden(), workspaceFolder)
  if (!labels.ok) return labels
  const kept = store.read((database) => listKeptIn(database, workspaceFolder, runsCounted))
  const counted = kept.length === 0 ? { items: 0, of: new Map() } : await countResults(await runs(), kept, signal)
  const categories = placeCategories(text).map((placed) => ({
    ...placed,
    results: counted.of.get(foldName(placed.name)) ?? 0,
    labels: labels.value.get(foldName(placed.name)) ?? 0,
  }))
  return succeed({
    results: counted.items,
    categories,
    notes: notesOn(categories, counted.items, labels.value.size > 0),
  })
}

async function countLabels(golden: Pick<GoldenStore, 'read'>, folder: string): Promise<Outcome<Map<string, number>>> {
  const read = await golden.read(join(folder, goldenFile))
  if (!read.ok) return read
  const found = new Map<string, number>()
  for (const { label } of read.value.labels.values())
    for (const name of label.categories ?? []) found.set(foldName(name), (found.get(foldName(name)) ?? 0) + 1)
  return succeed(found)
}

async function countResults(runs: Pick<ResultQueries, 'summary'>, ids: readonly string[], signal: AbortSignal) {
  const of = new Map<string, number>()
  let items = 0
  for (const id of ids) {
    const summary = await runs.summary(id, undefined, signal)
    // One whose journal is gone has nothing to say.
    if (!summary.ok) continue
    items += summary.value.items
    for (const { category, items: each } of summary.value.byCategory)
      if (category !== null) of.set(foldName(category), (of.get(foldName(category)) ?? 0) + each)
  }
  return { items, of }
}

type Placed = Pick<PlacedCategory, 'name' | 'description' | 'hidden' | 'line' | 'column' | 'length'>

/** The categories of a profile that is valid, each with where its name is written. */
export function placeCategories(text: string): Placed[] {
  const lines = new LineCounter()
  const document = parseDocument(text.replace(/^\uFEFF/, ' '), { lineCounter: lines, logLevel: 'error' })
  const found: Placed[] = []
  function take(list: unknown): void {
    for (const each of isSeq(list) ? list.items : []) {
      if (!isMap(each)) continue
      const name = each.get('name', true)
      if (!isScalar(name) || !name.range) continue
      const { line, col } = lines.linePos(name.range[0])
      const description = each.get('description')
      found.push({
        ...{ name: String(name.value).trim(), line, column: col, length: name.range[1] - name.range[0] },
        ...{ description: typeof description === 'string' ? description : '', hidden: each.get('hidden') === true },
      })
      take(each.get('children', true))
    }
  }
  const categories = document.get('categories', true)
  take(isMap(categories) ? categories.get('list', true) : categories)
  return found
}

/** Items from which on it says something that a category has none. */
const enoughResults = 100

function notesOn(categories: readonly PlacedCategory[], results: number, hasLabels: boolean): ProfileNote[] {
  const note = (
    { name, line }: PlacedCategory,
    code: ProfileNote['code'],
    sentence: LocalizableMessage,
  ): ProfileNote => ({
    ...{ code, category: name, line },
    ...withMessage('message', sentence),
  })
  const notes: ProfileNote[] = []
  categories.forEach((category, index) => {
    const { name, hidden } = category
    if (hidden) return
    if (results >= enoughResults && category.results === 0)
      notes.push(note(category, 'unused', localizable('none of {0} results is in "{1}"', results, name)))
    // A folder without labels has decided to have none.
    if (hasLabels && category.labels === 0)
      notes.push(
        note(category, 'no_label', localizable('no label is in "{0}", so that nothing is measured of it', name)),
      )
    const like = categories.slice(0, index).find((other) => !other.hidden && overlaps(category, other))
    if (like)
      notes.push(note(category, 'overlap', localizable('"{0}" and "{1}" are described nearly alike', name, like.name)))
  })
  return notes
}

/** Of the longer words of two descriptions, those in both beside those in either. */
const alikeFrom = 0.6
const fewestWords = 3

function overlaps(one: PlacedCategory, other: PlacedCategory): boolean {
  const [words, others] = [wordsOf(one.description), wordsOf(other.description)]
  if (words.size < fewestWords || others.size < fewestWords) return false
  const shared = [...words].filter((word) => others.has(word)).length
  return shared / (words.size + others.size - shared) >= alikeFrom
}

function wordsOf(text: string): Set<string> {
  return new Set(foldName(text).match(/[\p{L}\p{N}]{4,}/gu) ?? [])
}
