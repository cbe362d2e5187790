import { randomUUID } from 'node:crypto'
import type { ParsedParams } from '../../protocol/contract.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { CategoryProposal, ProposalPlan } from '../../protocol/profile.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import { fail } from '../../shared/fail.ts'
import type { Directory } from '../directory/directory.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { cutText } from '../domain/cutText.ts'
import { proposalPrompt, proposalSchema, readProposal } from '../domain/proposalPrompt.ts'
import type { CompiledProfile } from '../domain/work.ts'
import type { ModelClient } from '../engine/modelClient.ts'
import { JournaledSpending } from '../engine/runSpending.ts'
import { systemClock } from '../files/clock.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { nothingUsed } from '../journal/journalLines.ts'
import { loadProfile } from '../profiles/loadProfile.ts'
import { proposeFromWords } from '../providers/builtinProposal.ts'
import { withRemembered } from '../runs/rememberedSource.ts'
import { createSpread } from '../runs/sampleItems.ts'
import { openSource } from '../sources/openSource.ts'
import { loadPlainText } from '../sources/plainText.ts'
import { defaultSourceLimits } from '../sources/sourceLimits.ts'
import { findDefault } from '../store/modelTable.ts'
import { findPrice } from '../usage/findPrice.ts'
import { type ConnectModelParts, connectModel } from './connectModel.ts'
import type { FolderRulesParts } from './folderRules.ts'
import { findOwnPrice } from './ownPrice.ts'

export interface ProposalParts extends ConnectModelParts {
  directory: ConnectModelParts['directory'] & Pick<Directory, 'resolve'>
  policies: FolderRulesParts['policies']
  random(): number
}

type ProposalRequest = ParsedParams<'profile/propose'>

/** Enough of a text to see what it is about; 60 of them stay within the window of a small model. */
const mostCharacters = 500
/** A proposal looks at the beginning of what is huge, rather than have somebody wait. */
const mostRead = 100_000
const mostAnswerTokens = 2000
const charactersPerToken = 4

/** What `profile/propose` would send, and to whom. Sends nothing. */
export async function planProposal(
  parts: ProposalParts,
  request: ProposalRequest,
  signal: AbortSignal,
): Promise<Outcome<ProposalPlan>> {
  const prepared = await prepare(parts, request, signal)
  if (!prepared.ok) return prepared
  const { proposer, asked } = prepared.value
  if (asked === null)
    return succeed({ ...proposer, characters: 0, inputTokens: 0, outputTokens: 0, costUsd: { low: 0, high: 0 } })
  const characters = asked.system.length + asked.prompt.length
  const tokens = { input: Math.ceil(characters / charactersPerToken), output: mostAnswerTokens / 2 }
  const { provider, model, endpoint } = proposer
  const listed = parts.health.of(provider).models.models.find((each) => each.model === model)
  const open = parts.directory.open(provider)
  const ownPrice = open?.ok ? parts.store.read((database) => findOwnPrice(database, open.value, model)) : undefined
  const price = await findPrice({ endpoint, model, pricing: listed?.pricing, ownPrice }, systemClock.now())
  const likely = price?.costOf({ ...tokens, cached: null }, systemClock.now()) ?? null
  return succeed({
    ...proposer,
    characters,
    inputTokens: tokens.input,
    outputTokens: tokens.output,
    costUsd: likely === null ? null : { low: likely / 2, high: likely * 2 },
  })
}

/** Proposes categories for a source from a sample of it. Keeps nothing; the call is counted and held to the caps like any other. */
export async function proposeCategories(
  parts: ProposalParts,
  request: ProposalRequest,
  signal: AbortSignal,
): Promise<Outcome<CategoryProposal>> {
  const prepared = await prepare(parts, request, signal)
  if (!prepared.ok) return prepared
  const { proposer, asked, texts, hidden } = prepared.value
  if (asked === null) {
    const categories = proposeFromWords(texts, hidden)
    return succeed({ ...proposer, categories, leftOut: 0, usage: null, costUsd: 0 })
  }
  return await askForCategories(prepared.value, asked, signal)
}

/** A small window takes half of the sample, or a quarter; fewer items are no sample. */
const fewestAsked = 10

async function askForCategories(
  prepared: Prepared,
  { client, route, system, prompt }: Asked,
  signal: AbortSignal,
): Promise<Outcome<CategoryProposal>> {
  const { proposer, texts, hidden, profile } = prepared
  const answer = await client.complete(
    {
      ...{ model: proposer.model, system, prompt, maxOutputTokens: mostAnswerTokens },
      mode: client.outputModes[0] ?? 'text',
      thinking: route.options.thinking,
      output: { name: 'category_proposal', schema: proposalSchema(texts.length) },
      work: { task: 'categorization', items: texts.map((text, at) => ({ key: String(at + 1), text })), profile },
    },
    signal,
  )
  if (!answer.ok) {
    const half = texts.filter((_, at) => at % 2 === 0)
    if (answer.reason.code !== 'context_too_long' || half.length < fewestAsked)
      return { ok: false, reason: answer.reason }
    const fewer = { ...prepared, texts: half, proposer: { ...proposer, items: half.length } }
    return await askForCategories(fewer, { client, route, ...proposalPrompt(half, hidden, newMark()) }, signal)
  }
  const read = readProposal(answer.value.text, { items: texts.length, hidden })
  if (read === null) {
    const detail = 'the answer holds no list of categories that can be used'
    return fail({ code: 'invalid_response', provider: proposer.provider, problem: 'schema', detail })
  }
  return succeed({ ...proposer, ...read, usage: answer.value.usage, costUsd: answer.value.costUsd ?? null })
}

function newMark(): string {
  return randomUUID().slice(-12)
}

interface Asked {
  client: ModelClient
  route: ResolvedRoute
  system: string
  prompt: string
}

interface Prepared {
  proposer: Pick<ProposalPlan, 'by' | 'provider' | 'model' | 'endpoint' | 'items'>
  texts: string[]
  hidden: string[]
  profile: CompiledProfile
  /** Null: nobody is asked. */
  asked: Asked | null
}

async function prepare(
  parts: ProposalParts,
  request: ProposalRequest,
  signal: AbortSignal,
): Promise<Outcome<Prepared>> {
  const loaded = await loadProfile(parts.store, request)
  if (!loaded.ok) return loaded
  const compiled = compileProfile(loaded.value.profile)
  if (!compiled.ok) return compiled
  const profile = compiled.value
  const hidden = profile.hidden.map(({ name }) => name)
  const sample = await readSample(parts, request, signal)
  if (!sample.ok) return sample
  const texts = sample.value
  const chosen = request.by === 'words' ? null : await chooseWriter(parts, request)
  if (chosen && !chosen.ok) return chosen
  if (chosen === null || chosen.value === null) {
    const builtin = { by: 'words' as const, provider: 'builtin', model: 'keywords', endpoint: null }
    return succeed({ proposer: { ...builtin, items: texts.length }, texts, hidden, profile, asked: null })
  }
  const { route, client } = chosen.value
  const { provider, model, endpoint } = route
  const asked = { client, route, ...proposalPrompt(texts, hidden, newMark()) }
  return succeed({
    proposer: { by: 'model', provider, model, endpoint, items: texts.length },
    texts,
    hidden,
    profile,
    asked,
  })
}

type Writer = { route: ResolvedRoute; client: ModelClient }

/** The route's model where it writes, else the default one for generation. Null: it is the built-in one, which has words only. */
async function chooseWriter(parts: ProposalParts, request: ProposalRequest): Promise<Outcome<Writer | null>> {
  const policies = await parts.policies.of(request)
  const resolved = parts.directory.resolve('categorization', request.override, policies)
  if (!resolved.ok) return { ok: false, reason: resolved.reason }
  const first = await connectWriter(parts, resolved.value)
  if (!first.ok || first.value !== 'writes nothing') return first as Outcome<Writer | null>
  const chosen = parts.store.read((database) => findDefault(database, 'generation'))
  if (!chosen) return fail({ code: 'no_default_model', type: 'generation' })
  const { provider, model } = chosen
  const other = parts.directory.resolve('categorization', { provider, model }, policies)
  if (!other.ok) return { ok: false, reason: other.reason }
  const second = await connectWriter(parts, other.value)
  if (second.ok && (second.value === null || second.value === 'writes nothing'))
    return fail({ code: 'no_default_model', type: 'generation', unfit: { provider, model } })
  return second as Outcome<Writer>
}

async function connectWriter(
  parts: ProposalParts,
  route: ResolvedRoute,
): Promise<Outcome<Writer | 'writes nothing' | null>> {
  if (route.kind === 'builtin') return succeed(null)
  const spending = new JournaledSpending(0, nothingUsed)
  const client = await connectModel(parts, { route, request: {}, spending })
  if (!client.ok) return client
  return succeed(client.value.decisions?.isOnly ? 'writes nothing' : { route, client: client.value })
}

/** Texts spread over the source, each once. */
async function readSample(
  { store, random }: ProposalParts,
  request: ProposalRequest,
  signal: AbortSignal,
): Promise<Outcome<string[]>> {
  const { source, fields } = withRemembered(store, request)
  const opened = await openSource({ source, fields }, diskFiles, defaultSourceLimits)
  if (!opened.ok) return opened
  const toPlainText = await loadPlainText()
  const stream = opened.value.read()
  const spread = createSpread<string>(request.items, random)
  const seen = new Set<string>()
  for (;;) {
    const next = await stream.next()
    if (next.done) {
      if (!next.value.ok && seen.size === 0) return next.value
      break
    }
    if (signal.aborted || seen.size >= mostRead) break
    for (const entry of next.value) {
      const text = entry.kind === 'readable' ? cutText(toPlainText(entry.text), mostCharacters).trim() : ''
      if (text === '' || seen.has(text)) continue
      seen.add(text)
      spread.meet(text)
    }
  }
  await stream.return(succeed(null))
  if (signal.aborted) return fail({ code: 'cancelled' })
  if (seen.size > 0) return succeed(spread.take())
  const detail = 'there is no text in it that categories could be proposed from'
  return fail({ code: 'source_invalid', source: opened.value.label, problem: 'no_items', detail })
}
