import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { Places } from '../protocol/home.ts'
import { type Outcome, succeed } from '../protocol/outcome.ts'
import type { chatRequests } from '../protocol/requests/chatRequests.ts'
import type { documentRequests } from '../protocol/requests/documentRequests.ts'
import type { evaluationRequests } from '../protocol/requests/evaluationRequests.ts'
import type { gatewayRequests } from '../protocol/requests/gatewayRequests.ts'
import type { githubRequests } from '../protocol/requests/githubRequests.ts'
import type { importRequests } from '../protocol/requests/importRequests.ts'
import type { knowledgeRequests } from '../protocol/requests/knowledgeRequests.ts'
import type { labelRequests } from '../protocol/requests/labelRequests.ts'
import type { threadRequests } from '../protocol/requests/threadRequests.ts'
import { aliasHandlers } from './directory/aliasHandlers.ts'
import { providerHandlers } from './directory/providerHandlers.ts'
import { routeHandlers } from './directory/routeHandlers.ts'
import type { DocumentResults } from './documents/documentResults.ts'
import type { Evaluations } from './evaluation/evaluations.ts'
import { diskFiles } from './files/diskFiles.ts'
import type { KeyNotes } from './files/keyNotes.ts'
import type { Gateways } from './gateways/gateways.ts'
import { readGateways } from './gateways/readGateways.ts'
import type { GitHubParts } from './github/githubHandlers.ts'
import { listEditorNotes } from './home/editorNotes.ts'
import type { ImportParts } from './imports/importHandlers.ts'
import type { KnowledgeBases } from './knowledge/knowledgeBases.ts'
import { listBases } from './knowledge/listBases.ts'
import type { Labels } from './labels/labels.ts'
import { lazy } from './lazy.ts'
import { connectionHandlers } from './models/connectionHandlers.ts'
import { modelHandlers } from './models/handlers.ts'
import { categoryHandlers } from './profiles/categoryHandlers.ts'
import { profileHandlers } from './profiles/handlers.ts'
import type { AdviceParts } from './profiles/profileAdvice.ts'
import { promptHandlers } from './profiles/promptHandlers.ts'
import type { Revisions } from './revisions/revisions.ts'
import type { Handlers } from './rpc/dispatch.ts'
import { type Explanations, resultHandlers, runHandlers } from './runs/handlers.ts'
import { sourceHandlers } from './runs/sourceHandlers.ts'
import type { Threads } from './threads/threads.ts'
import { auditHandlers, usageHandlers } from './usage/recordHandlers.ts'

type Taken<Make extends (parts: never) => unknown> = Parameters<Make>[0]

/** What the handlers take, all together; each of them sees only what it declares itself. */
type HandlersParts = Taken<typeof providerHandlers> &
  Taken<typeof connectionHandlers> &
  Taken<typeof modelHandlers> &
  Taken<typeof routeHandlers> &
  Taken<typeof promptHandlers> &
  Taken<typeof runHandlers> &
  Taken<typeof sourceHandlers> &
  Taken<typeof usageHandlers> & {
    labels(): Promise<Labels>
    evaluations(): Promise<Evaluations>
    revisions: Revisions
    documents: DocumentResults
    explanations: Explanations
    proposals: Proposals
    golden: AdviceParts['golden']
    threads(): Promise<Threads>
    chat: ChatHandlers
    knowledge(): Promise<KnowledgeBases>
    gateways(): Promise<Gateways>
    dataDir: string
    keyNotes: Pick<KeyNotes, 'all'>
    environment: Pick<ImportParts, 'variables'>
    keys: GitHubParts['keys']
    transport: GitHubParts['transport']
    now: GitHubParts['now']
  }

/** Proposes categories for a source. */
export type ChatHandlers = Pick<Handlers, keyof typeof chatRequests>

export interface Proposals {
  plan(...asked: Parameters<Handlers['profile/planProposal']>): ReturnType<Handlers['profile/planProposal']>
  propose(...asked: Parameters<Handlers['profile/propose']>): ReturnType<Handlers['profile/propose']>
}

/** One handler for each request of the contract: a message without one does not compile. */
export function createHandlers(parts: HandlersParts): Handlers {
  const { store, runs, labels, evaluations, revisions, documents, explanations, proposals, threads } = parts
  const judged = runHandlers(parts)
  const read = resultHandlers(runs, explanations, (path) => documents.findOpen(path))
  const save = { ...providerHandlers(parts), ...modelHandlers(parts), ...aliasHandlers(parts) }
  return {
    ...save,
    ...connectionHandlers(parts),
    ...routeHandlers(parts),
    ...takeOverHandlers(parts, save),
    ...issueHandlers(parts, { ...judged, ...read }),
    ...profileHandlers(parts),
    'profile/planProposal': proposals.plan,
    'profile/propose': proposals.propose,
    async 'profile/advise'(params, { signal }) {
      const { adviseOnProfile } = await import('./profiles/profileAdvice.ts')
      return await adviseOnProfile(parts, params, signal)
    },
    ...categoryHandlers(parts),
    ...promptHandlers(parts),
    ...judged,
    ...read,
    ...revisionHandlers(revisions),
    ...sourceHandlers(parts),
    ...labelHandlers(labels),
    ...evaluationHandlers(evaluations),
    ...documentHandlers(documents),
    ...threadHandlers(threads),
    ...parts.chat,
    ...knowledgeHandlers(parts),
    ...gatewayHandlers(parts),
    ...usageHandlers(parts),
    ...auditHandlers(store),
    'places/read': () => readPlaces(parts),
  }
}

async function readPlaces({
  dataDir,
  keyNotes,
}: Pick<HandlersParts, 'dataDir' | 'keyNotes'>): Promise<Outcome<Places>> {
  const editors = await listEditorNotes(diskFiles, dataDir)
  return succeed({
    editors: editors.map((editor) => ({ ...editor, exists: existsSync(editor.folder) })),
    keys: keyNotes.all(),
  })
}

function documentHandlers(
  documents: Pick<DocumentResults, 'find' | 'item' | 'offer'>,
): Pick<Handlers, keyof typeof documentRequests> {
  return {
    'document/results': async ({ paths }) => {
      const found = await Promise.all(paths.map(async (path) => ({ path, kept: await documents.find(path) })))
      return succeed({ rows: found.flatMap(({ path, kept }) => (kept ? [{ path, ...kept }] : [])) })
    },
    'document/item': (place) => documents.item(place),
    'document/offer': ({ path }) => documents.offer(path),
  }
}

function evaluationHandlers(evaluations: () => Promise<Evaluations>): Pick<Handlers, keyof typeof evaluationRequests> {
  return {
    'evaluation/estimate': async (request, { signal }) => (await evaluations()).estimate(request, signal),
    'evaluation/start': async (request) => (await evaluations()).start(request),
    'evaluation/cancel': async ({ id }) => (await evaluations()).cancel(id),
    'evaluation/read': async ({ id }) => (await evaluations()).read(id),
    'evaluation/list': async (page) => (await evaluations()).list(page),
    'evaluation/remove': async ({ id }) => (await evaluations()).remove(id),
  }
}

function knowledgeHandlers({
  dataDir,
  store,
  knowledge,
}: Pick<HandlersParts, 'dataDir' | 'store' | 'knowledge'>): Pick<Handlers, keyof typeof knowledgeRequests> {
  return {
    'kb/create': async (base) => (await knowledge()).create(base),
    'kb/list': () => listBases(dataDir, store),
    'kb/planBuild': async (request, { signal }) => (await knowledge()).planBuild(request, signal),
    'kb/build': async (request, { signal }) => (await knowledge()).build(request, signal),
    'kb/search': async (request, { signal }) => (await knowledge()).search(request, signal),
    'kb/similar': async (request, { signal }) => (await knowledge()).similar(request, signal),
    'kb/setEmbedding': async (request) => (await knowledge()).setEmbedding(request),
    'kb/remove': async (request) => (await knowledge()).remove(request),
  }
}

function gatewayHandlers({
  store,
  gateways,
}: Pick<HandlersParts, 'store' | 'gateways'>): Pick<Handlers, keyof typeof gatewayRequests> {
  return {
    'gateway/list': async () => readGateways(store),
    'gateway/save': async (settings) => (await gateways()).save(settings),
    'gateway/remove': async (request, { signal }) => (await gateways()).remove(request, signal),
    'gateway/plan': async (request, { signal }) => (await gateways()).plan(request, signal),
    'gateway/sync': async (request, { signal }) => (await gateways()).sync(request, signal),
    'gateway/test': async (request, { signal }) => (await gateways()).test(request, signal),
  }
}

/** The readers of other programs' settings are loaded when somebody brings some. */
function takeOverHandlers(
  { store, directory, environment: { variables } }: Pick<HandlersParts, 'store' | 'directory' | 'environment'>,
  save: ImportParts['save'],
): Pick<Handlers, keyof typeof importRequests> {
  const loaded = lazy(async () =>
    (await import('./imports/importHandlers.ts')).importHandlers({
      files: diskFiles,
      store,
      directory,
      variables,
      save,
    }),
  )
  return {
    'import/plan': async (request, context) => (await loaded())['import/plan'](request, context),
    'import/apply': async (request, context) => (await loaded())['import/apply'](request, context),
  }
}

/** Held by the process, unlike the timers of clocks: somebody waits for what comes after it. */
async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  await setTimeout(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
}

/** Issues of GitHub, loaded when somebody asks for some. */
function issueHandlers(
  { store, dataDir, keys, transport, now }: Pick<HandlersParts, 'store' | 'dataDir' | 'keys' | 'transport' | 'now'>,
  runs: GitHubParts['runs'],
): Pick<Handlers, keyof typeof githubRequests> {
  const loaded = lazy(async () =>
    (await import('./github/githubHandlers.ts')).githubHandlers({
      ...{ files: diskFiles, dataDir, store, keys, transport, now, runs, wait },
    }),
  )
  return {
    'github/fetch': async (request, context) => (await loaded())['github/fetch'](request, context),
    'github/planLabels': async (request, context) => (await loaded())['github/planLabels'](request, context),
    'github/applyLabels': async (request, context) => (await loaded())['github/applyLabels'](request, context),
    'github/undoLabels': async (request, context) => (await loaded())['github/undoLabels'](request, context),
  }
}

function threadHandlers(threads: () => Promise<Threads>): Pick<Handlers, keyof typeof threadRequests> {
  return {
    'thread/create': async (request) => (await threads()).create(request),
    'thread/list': async (page) => (await threads()).list(page),
    'thread/get': async (page) => (await threads()).get(page),
    'thread/rename': async (request) => (await threads()).rename(request),
    'thread/remove': async (request) => (await threads()).remove(request),
    'thread/send': async (question, { signal }) => (await threads()).send(question, signal),
    'thread/cancel': async (request) => (await threads()).cancel(request),
    'thread/setModel': async (request) => (await threads()).setModel(request),
  }
}

function labelHandlers(labels: () => Promise<Labels>): Pick<Handlers, keyof typeof labelRequests> {
  return {
    'label/list': async (request) => (await labels()).list(request),
    'label/save': async ({ label, ...place }) => (await labels()).save(place, label),
    'label/remove': async ({ inputHash, ...place }) => (await labels()).remove(place, inputHash),
    'label/import': async ({ path, ...place }) => (await labels()).import(place, path),
  }
}

function revisionHandlers(
  revisions: Revisions,
): Pick<Handlers, 'run/remove' | 'revision/list' | 'revision/keep' | 'revision/undo'> {
  return {
    'run/remove': ({ runId }) => revisions.remove(runId),
    'revision/list': (request) => revisions.list(request),
    'revision/keep': ({ runId }) => revisions.keep(runId),
    'revision/undo': ({ runId }) => revisions.undo(runId),
  }
}
