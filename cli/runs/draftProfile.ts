import type { Params } from '../../protocol/contract.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { CategoryProposal, Profile, ProposalPlan, ReadyMadeProfile } from '../../protocol/profile.ts'
import { fail } from '../../shared/fail.ts'
import { type Host, type Invocation, printNote, printReason } from '../invocation/invocation.ts'
import { agrees } from '../invocation/questions.ts'
import { readText } from '../invocation/readText.ts'
import { UsageError } from '../invocation/usageError.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'

/** Where a draft is made: over which source, and who would be asked. */
export interface Drafting {
  invocation: Invocation
  host: Pick<Host, 'client'>
  proposal: Params<'profile/propose'>
}

/** The profile that `--categories` names: a ready-made one, `propose`, or a file with a profile or a list. */
export async function draftNamed(drafting: Drafting, word: string): Promise<Outcome<Profile>> {
  if (word === 'propose') return await draftProposed(drafting)
  const { invocation, host } = drafting
  const listed = await host.client.request('profile/list', {})
  if (!listed.ok) return listed
  const named = listed.value.find(
    ({ name }) =>
      name ===
      word
        .trim()
        .toLowerCase()
        .replaceAll(/[\s_-]+/g, '-'),
  )
  if (named) return succeed(named.profile)
  return await draftWritten(drafting, await readText(invocation.terminal, word), word)
}

async function draftWritten({ host }: Drafting, text: string, name: string): Promise<Outcome<Profile>> {
  const checked = await host.client.request('profile/check', { text, name })
  return checked.ok ? succeed(checked.value.profile) : checked
}

/** What it takes is told before it is asked. */
async function draftProposed({ invocation, host, proposal }: Drafting): Promise<Outcome<Profile>> {
  const plan = await host.client.request('profile/planProposal', proposal)
  if (!plan.ok) return plan
  if (!invocation.json) await printNote(invocation, planText(plan.value))
  const proposed = await host.client.request('profile/propose', proposal)
  if (!proposed.ok) return proposed
  if (proposed.value.categories.length === 0) {
    const detail = 'no word occurs in several of its items, so there is nothing to make categories from'
    return fail({ code: 'source_invalid', source: 'The source', problem: 'no_items', detail })
  }
  if (!invocation.json) await printNote(invocation, proposalText(proposed.value))
  return succeed(profileOfProposal(proposed.value))
}

export function profileOfProposal({ categories }: Pick<CategoryProposal, 'categories'>): Profile {
  return {
    categories: categories.map(({ name, description }) => ({ name, ...(description === '' ? {} : { description }) })),
    ...{ interests: '', anti_interests: '', limits: { categorize_chars: 2000, score_chars: 4000 } },
  }
}

/** What a proposal would take. */
export function planText({ by, provider, model, items, inputTokens, outputTokens, costUsd }: ProposalPlan): string {
  if (by === 'words')
    return `Looking for words shared by several of ${count(items, 'item')}. No model is asked and meaning is not considered: rename and merge the result.`
  const cost = costUsd === null ? 'at an unknown price' : `for about $${costUsd.high.toFixed(4)} at most`
  return `Asking ${oneLine(`${provider}/${model}`)} about ${count(items, 'item')}: about ${inputTokens} tokens sent and ${outputTokens} received, ${cost}.`
}

/** The proposed categories, numbered, with how many of the sample each would get. */
export function proposalText({ by, items, categories, leftOut }: CategoryProposal): string {
  const width = String(categories.length).length
  return [
    `Proposed ${by === 'words' ? 'from shared words' : 'by the model'}, with how many of ${count(items, 'item')} belong there:`,
    ...categories.map(
      ({ name, description, items: its }, at) =>
        `  ${String(at + 1).padStart(width)}  ${oneLine(name)} (${its})${description === '' ? '' : `: ${oneLine(description)}`}`,
    ),
    ...(leftOut > 0 ? [`Left out: ${leftOut} unusable.`] : []),
  ].join('\n')
}

/** Asks until there is a list; null: the person gave up. */
export async function askForProfile(drafting: Drafting): Promise<Profile | null> {
  const { invocation, host } = drafting
  const listed = await host.client.request('profile/list', {})
  if (!listed.ok) throw new UsageError(listed.reason.message)
  await printNote(invocation, choicesText(listed.value))
  for (;;) {
    const answer = await invocation.terminal.ask('Which categories? (a number, p, t, or a file) ')
    if (answer === null) return null
    const word = answer.trim()
    if (word === '') continue
    const drafted = await draftAnswered(drafting, listed.value, word)
    if (drafted?.ok) return drafted.value
    if (drafted) await printReason(invocation, drafted.reason)
  }
}

function choicesText(profiles: readonly ReadyMadeProfile[]): string {
  return [
    'What are these items sorted into?',
    ...profiles.map(({ title, description }, at) => `  ${at + 1}  ${title.padEnd(18)}${description}`),
    `  p  ${'Propose'.padEnd(18)}A list made from the items themselves.`,
    `  t  ${'Type or paste'.padEnd(18)}One category per line, "name" or "name: description", children indented.`,
    `  or the name of a file with a profile or such a list`,
  ].join('\n')
}

/** Null: nothing came of it, and why is told. */
async function draftAnswered(
  drafting: Drafting,
  profiles: readonly ReadyMadeProfile[],
  word: string,
): Promise<Outcome<Profile> | null> {
  const numbered = /^\d+$/.test(word) ? profiles[Number(word) - 1] : undefined
  if (numbered) return succeed(numbered.profile)
  if (word === 't') return await draftTyped(drafting)
  if (word === 'p' || word === 'propose') return await draftByItems(drafting)
  try {
    return await draftNamed(drafting, word)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    await printNote(drafting.invocation, error.message)
    return null
  }
}

async function draftTyped(drafting: Drafting): Promise<Outcome<Profile> | null> {
  const { terminal } = drafting.invocation
  await printNote(drafting.invocation, 'One category per line; an empty line ends the list.')
  const lines: string[] = []
  for (;;) {
    const line = await terminal.ask('')
    if (line === null) return null
    if (line.trim() === '') break
    lines.push(line)
  }
  return lines.length === 0 ? null : await draftWritten(drafting, lines.join('\n'), 'your list')
}

/** By the model; where none writes, by words if the person likes. What is not wanted is left out. */
async function draftByItems(drafting: Drafting): Promise<Outcome<Profile> | null> {
  const { invocation, proposal } = drafting
  const proposed = await draftProposed(drafting)
  if (!proposed.ok) {
    if (proposed.reason.code !== 'no_default_model') return proposed
    await printNote(invocation, oneLine(proposed.reason.message))
    if (!(await agrees(invocation, 'Propose from shared words instead, without a model?'))) return null
    return await draftByItems({ ...drafting, proposal: { ...proposal, by: 'words' } })
  }
  const answer = await invocation.terminal.ask('Numbers to leave out (Enter takes all, n none) ')
  if (answer === null || /^\s*no?\s*$/i.test(answer)) return null
  const out = new Set(answer.split(/[^0-9]+/).map(Number))
  const categories = proposed.value.categories.filter((_, at) => !out.has(at + 1))
  return categories.length === 0 ? null : succeed({ ...proposed.value, categories })
}
