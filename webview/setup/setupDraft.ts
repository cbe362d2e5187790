import * as z from 'zod'
import type { CategoryProposal, Profile, ProfileCategory, ReadyMadeProfile } from '../../protocol/profile.ts'
import { Lane, type RunEstimate, RunRequest } from '../../protocol/runs.ts'
import { SetupModel } from '../../protocol/setupPage.ts'
import { SourceSettings } from '../../protocol/sources.ts'

/** A proposed category as somebody has edited it. `items`: how many of the sample it was proposed for; null: it was added by hand. */
const ProposedRow = z.object({ key: z.int(), name: z.string(), description: z.string(), items: z.int().nullable() })
export type ProposedRow = z.infer<typeof ProposedRow>

const Proposal = z.object({
  by: z.enum(['model', 'words']),
  asked: z.string(),
  items: z.int(),
  leftOut: z.int(),
  rows: z.array(ProposedRow),
})
export type Proposal = z.infer<typeof Proposal>

const PreviewRow = z.object({
  id: z.string(),
  text: z.string(),
  categories: z.array(z.string()).nullable(),
  score: z.number().nullable(),
  reasoning: z.string().nullable(),
  error: z.string().nullable(),
})
export type PreviewRow = z.infer<typeof PreviewRow>

/** `basis`: what it was judged by. */
const Preview = z.object({ basis: z.string(), rows: z.array(PreviewRow) })
export type Preview = z.infer<typeof Preview>

/** All that was said so far; it outlives hiding and reloading. */
export const SetupDraft = z.object({
  /** Of the question that it answers. */
  id: z.string(),
  reading: SourceSettings,
  /** One of the lists below, or `ready:<name>`; null: none yet. */
  list: z.string().nullable(),
  ownText: z.string(),
  /** The list that the own one was made from: what a line cannot say, such as weights, comes from there. Null: from none. */
  ownFrom: z.string().nullable(),
  proposal: Proposal.nullable(),
  /** Null: what the list says. */
  interests: z.string().nullable(),
  /** Null: as the routes say. */
  model: SetupModel.nullable(),
  keep: z.enum(['workspace', 'stored']),
  /** Absent: by single calls. */
  lane: Lane.optional(),
  /** Absent: the model is asked about everything. */
  cascade: RunRequest.shape.cascade,
  preview: Preview.nullable(),
})
export type SetupDraft = z.infer<typeof SetupDraft>

export const lists = { current: 'current', own: 'own', proposed: 'proposed' } as const
export const readyList = (name: string) => `ready:${name}`

export function emptyDraft(id: string, canKeepInFolder: boolean, list: string | null): SetupDraft {
  return {
    ...{ id, reading: {}, list, ownText: '', ownFrom: null, proposal: null, interests: null, model: null },
    ...{ keep: canKeepInFolder ? 'workspace' : 'stored', preview: null },
  }
}

/** The profile of a list that stands as it is; null: it is no such list. */
export function profileOfList(
  list: string | null,
  ready: readonly ReadyMadeProfile[],
  current: Profile,
): Profile | null {
  if (list === lists.current) return current
  return ready.find(({ name }) => readyList(name) === list)?.profile ?? null
}

/** What of the draft is text that has to be read as a list; null: nothing. */
export function writtenList({ list, ownText, proposal }: SetupDraft): string | null {
  if (list === lists.own) return ownText
  return list === lists.proposed && proposal ? proposal.rows.map(lineOf).join('\n') : null
}

/** A line for each row, also for one without a name: problems are told by their line. */
function lineOf({ name, description }: Pick<ProposedRow, 'name' | 'description'>): string {
  return description.trim() === '' ? oneLine(name) : `${oneLine(name)}: ${oneLine(description)}`
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, ' ').trim()

/** As somebody would type it: one category a line, children indented. */
export function textOfList(categories: readonly ProfileCategory[]): string {
  const line = ({ name, description = '' }: Pick<ProfileCategory, 'name' | 'description'>) =>
    lineOf({ name, description })
  return categories
    .flatMap((root) => [line(root), ...(root.children ?? []).map((child) => `    ${line(child)}`)])
    .join('\n')
}

/** What was written, and of the list that it was made from all that a line cannot say. */
export function withUnwritten(written: Profile, from: Profile | null): Profile {
  if (!from) return written
  const known = new Map(from.categories.flatMap((root) => [root, ...(root.children ?? [])]).map(byName))
  const full = (category: ProfileCategory): ProfileCategory => {
    const { weight, hidden, review_below } = known.get(fold(category.name)) ?? {}
    return {
      ...category,
      ...(weight && { weight }),
      ...(hidden === undefined ? {} : { hidden }),
      ...(review_below === undefined ? {} : { review_below }),
    }
  }
  const categories = written.categories.map(({ children, ...root }) => ({
    ...full(root),
    ...(children && { children: children.map(full) }),
  }))
  return { ...from, categories }
}

const fold = (name: string) => name.trim().toLowerCase()
const byName = (category: Pick<ProfileCategory, 'name' | 'weight' | 'hidden' | 'review_below'>) =>
  [fold(category.name), category] as const

export function proposalOf({ by, provider, model, items, leftOut, categories }: CategoryProposal): Proposal {
  const rows = categories.map((category, key) => ({ key, ...category }))
  return { by, asked: by === 'words' ? '' : `${provider}/${model}`, items, leftOut, rows }
}

export function previewOf(basis: string, { sample }: RunEstimate): Preview {
  const rows = (sample?.rows ?? []).map(({ id, text, categories, score, reasoning, error }) => ({
    ...{ id, text, categories, score, reasoning, error: error?.message ?? null },
  }))
  return { basis, rows }
}
