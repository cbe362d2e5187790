import * as l10n from '@vscode/l10n'
import type { CriterionValue } from '../../protocol/criteria.ts'
import { type HumanLabel, hasText, type ResultRecord } from '../../protocol/results.ts'
import type { ResultsTalk } from '../../protocol/resultsPage.ts'
import type { Host } from '../host/host.ts'
import type { CorrectionAct } from './correctionKeys.ts'
import { formatCategories, formatValue } from './describeResult.ts'

type Said = Pick<HumanLabel, 'categories' | 'interest' | 'quality' | 'criteria'>
type Kept = Omit<Said, 'criteria'> & { criteria: Record<string, CriterionValue | null> }
type Place = Pick<ResultRecord, 'runId' | 'id' | 'inputHash'>

/** What can be taken back: what stood there before. */
interface Done {
  place: Place
  before: Said
  /** Where the row stood, in which view of the rows. */
  index: number
  view: string
}

const mostCategories = 4
const mostUndone = 200

export interface QuickCorrectionParts {
  host: Pick<Host<ResultsTalk>, 'command' | 'request'>
  announce(sentence: string): void
  /** What is shown has changed. */
  onChange(): void
}

/**
 * Corrections by single keys. What a key says is shown at once, and saved in the order of the keys; until the table is read anew, it lies
 * over the rows as they were read.
 */
export class QuickCorrections {
  readonly #parts: QuickCorrectionParts
  /** By content hash: equal texts have one label. Null: nobody says anything of it any more. */
  readonly #said = new Map<string, { human: HumanLabel | null; at: string }>()
  readonly #done: Done[] = []
  #saving: Promise<void> = Promise.resolve()
  #problem: string | null = null

  constructor(parts: QuickCorrectionParts) {
    this.#parts = parts
  }

  /** Why the last key was of no use, in a sentence; null: it was. */
  get problem(): string | null {
    return this.#problem
  }

  get canUndo(): boolean {
    return this.#done.length > 0
  }

  /** A row with what was said of it since it was read. */
  over(row: ResultRecord): ResultRecord {
    const said = this.#said.get(row.inputHash)
    return said && (row.human?.at ?? '') <= said.at ? { ...row, human: said.human } : row
  }

  /** Rows are read anew from here on. */
  forget(inputHash?: string): void {
    if (inputHash === undefined) this.#said.clear()
    else this.#said.delete(inputHash)
  }

  /** What the act says of the row; `names`: the categories that have digits. True: something is saved. */
  say(row: ResultRecord, at: Pick<Done, 'index' | 'view'>, act: CorrectionAct, names: readonly string[]): boolean {
    const now = this.over(row)
    if (act.kind !== 'accept' && !hasText(row)) {
      this.#fail(l10n.t('No text of this item could be read, so there is nothing to correct.'))
      return false
    }
    const before = saidIn(now)
    const said = saidBy(act, now, before, names)
    if (said === null || JSON.stringify(said) === JSON.stringify(before)) return false
    if ((said.categories?.length ?? 0) > mostCategories) {
      this.#fail(l10n.t('At most four categories.'))
      return false
    }
    this.#done.push({ place: placeOf(row), before, ...at })
    if (this.#done.length > mostUndone) this.#done.shift()
    this.#parts.announce(describeSaid(said))
    this.#save(row, said)
    return true
  }

  /** Takes the last correction back; answers what it was of, null: nothing is left. */
  undo(): Done | null {
    const last = this.#done.pop()
    if (!last) {
      this.#parts.announce(l10n.t('There is nothing to undo.'))
      return null
    }
    this.#parts.announce(l10n.t('The last correction is undone.'))
    this.#save(last.place, last.before)
    return last
  }

  #save(row: Place & Partial<ResultRecord>, said: Said): void {
    const place = placeOf(row)
    const at = new Date().toISOString()
    const isTakenBack = isEmpty(said)
    const known = this.#said.get(row.inputHash)?.human ?? row.human
    const human = isTakenBack ? null : { ...said, score: known?.score ?? row.score ?? null, at }
    this.#said.set(row.inputHash, { human, at })
    this.#problem = null
    this.#parts.onChange()
    // What was said of a criterion before and is not any more is taken back.
    const goneAnswers = Object.fromEntries(Object.keys(known?.criteria ?? {}).map((name) => [name, null]))
    const kept = { ...said, criteria: { ...goneAnswers, ...said.criteria } }
    this.#saving = this.#saving.then(() => this.#keep(place, isTakenBack ? null : kept, at))
  }

  async #keep(place: Place, said: Kept | null, at: string): Promise<void> {
    const { host, onChange } = this.#parts
    const why =
      said === null
        ? await host.command('removeCorrection', place)
        : await host.command('saveCorrection', { ...place, ...said })
    if (why !== null) {
      this.#said.delete(place.inputHash)
      return this.#fail(why)
    }
    // The server knows the score that follows.
    const found = await host.request('run/item', place)
    if (this.#said.get(place.inputHash)?.at !== at || !found.ok || found.value === null) return
    this.#said.set(place.inputHash, { human: found.value.result.human ?? null, at })
    onChange()
  }

  #fail(why: string): void {
    this.#problem = why
    this.#parts.onChange()
  }
}

function placeOf({ runId, id, inputHash }: Place): Place {
  return { runId, id, inputHash }
}

function saidIn({ human }: ResultRecord): Said {
  const { categories = null, interest = null, quality = null, criteria } = human ?? {}
  return { categories, interest, quality, ...(criteria ? { criteria } : {}) }
}

/** A label may hold nothing but a note. */
function isEmpty({ categories, interest, quality, criteria }: Said): boolean {
  return categories === null && interest === null && quality === null && !criteria
}

/** Null: it says nothing of the row. */
function saidBy(act: CorrectionAct, row: ResultRecord, before: Said, names: readonly string[]): Said | null {
  switch (act.kind) {
    case 'category': {
      const name = names[act.place]
      if (name === undefined) return null
      return { ...before, categories: act.isMore ? toggled(before.categories ?? row.categories ?? [], name) : [name] }
    }
    case 'noCategory':
      return { ...before, categories: [] }
    case 'points':
      return { ...before, [act.part]: act.points }
    case 'answer':
      return { ...before, criteria: { ...before.criteria, [act.name]: act.value } }
    case 'accept':
      return isEmpty(before) && row.status === 'ok'
        ? {
            ...{ categories: row.categories, interest: row.interest, quality: row.quality },
            ...(row.criteria ? { criteria: row.criteria } : {}),
          }
        : null
    default:
      return null
  }
}

function toggled(names: readonly string[], name: string): string[] {
  return names.includes(name) ? names.filter((each) => each !== name) : [...names, name]
}

function describeSaid({ categories, interest, quality, criteria }: Said): string {
  return [
    ...(categories ? [formatCategories(categories)] : []),
    ...(interest === null ? [] : [l10n.t('Interest: {0}', interest)]),
    ...(quality === null ? [] : [l10n.t('Quality: {0}', quality)]),
    ...Object.entries(criteria ?? {}).map(([name, value]) => l10n.t('{0}: {1}', name, formatValue(value))),
  ].join('. ')
}
