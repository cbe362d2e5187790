import * as z from 'zod'
import { DocumentOptions } from './documents.ts'
import { EvaluationProgress } from './evaluation.ts'
import { EditorHome, Surface } from './home.ts'
import { BuildProgress } from './knowledgeBases.ts'
import { ChatDelta, EditorModel, EditorModelAnswer, EditorModelCall } from './languageModels.ts'
import { PullProgress, TestProgress } from './models.ts'
import { Instant, KeyHolder, ProviderId } from './names.ts'
import { Reason } from './reasons.ts'
import { chatRequests } from './requests/chatRequests.ts'
import { documentRequests } from './requests/documentRequests.ts'
import { evaluationRequests } from './requests/evaluationRequests.ts'
import { gatewayRequests } from './requests/gatewayRequests.ts'
import { githubRequests } from './requests/githubRequests.ts'
import { importRequests } from './requests/importRequests.ts'
import { knowledgeRequests } from './requests/knowledgeRequests.ts'
import { labelRequests } from './requests/labelRequests.ts'
import { modelRequests } from './requests/modelRequests.ts'
import { profileRequests } from './requests/profileRequests.ts'
import { providerRequests } from './requests/providerRequests.ts'
import { recordRequests } from './requests/recordRequests.ts'
import { type RequestRow, request } from './requests/request.ts'
import { resultRequests } from './requests/resultRequests.ts'
import { routeRequests } from './requests/routeRequests.ts'
import { againRequests, runRequests } from './requests/runRequests.ts'
import { sourceRequests } from './requests/sourceRequests.ts'
import { threadRequests } from './requests/threadRequests.ts'
import { Readiness } from './routing.ts'
import { RunView } from './runs.ts'
import { ThreadDelta } from './threads.ts'

/** What the server is and where its data lives; the answer to `initialize` carries it as `experimental` capabilities. */
export const ServerInfo = z.object({
  /** The folder that is used, which for an editor may be its own storage: see `editor`. */
  dataDir: z.string(),
  /** What became of the store in the editor's own storage. Absent: the client named none. */
  editor: EditorHome.optional(),
  version: z.string(),
  store: z.object({
    mode: z.enum(['read-write', 'read-only']),
    /** Why it is read-only; null otherwise. */
    why: z.string().nullable(),
    /** The same with the one action that helps; absent: it can be written to. */
    reason: Reason.optional(),
    generation: z.int(),
    /** Damaged files found at the start and set aside, in words. */
    damage: z.array(z.string()),
    /** Every migration of the database, in order. `now`: this start applied it. */
    migrations: z.array(
      z.object({ number: z.int(), name: z.string(), applied: z.enum(['now', 'before']), appliedAt: Instant }),
    ),
  }),
})
export type ServerInfo = z.infer<typeof ServerInfo>

/** Written down: inferred, it is too long for the compiler to say in a declaration. */
type Requests = typeof providerRequests &
  typeof modelRequests &
  typeof routeRequests &
  typeof profileRequests &
  typeof runRequests &
  typeof againRequests &
  typeof sourceRequests &
  typeof resultRequests &
  typeof labelRequests &
  typeof evaluationRequests &
  typeof documentRequests &
  typeof threadRequests &
  typeof chatRequests &
  typeof knowledgeRequests &
  typeof gatewayRequests &
  typeof importRequests &
  typeof githubRequests &
  typeof recordRequests

/** Client to server. Every result is an Outcome, except `route/resolve`, which adds its trace to one. */
export const requests: Requests = {
  ...providerRequests,
  ...modelRequests,
  ...routeRequests,
  ...profileRequests,
  ...runRequests,
  ...againRequests,
  ...sourceRequests,
  ...resultRequests,
  ...labelRequests,
  ...evaluationRequests,
  ...documentRequests,
  ...threadRequests,
  ...chatRequests,
  ...knowledgeRequests,
  ...gatewayRequests,
  ...importRequests,
  ...githubRequests,
  ...recordRequests,
} satisfies Record<string, RequestRow>

/**
 * Server to client. `origin` is where the key would be sent; the client answers only with a key entered for it. The others are asked only
 * of a client that has said `languageModels`: what VS Code has (never our own), and one call, which may make VS Code ask its person first.
 * A cancelled call ends with `cancelled`.
 */
export const serverRequests = {
  'lm/list': request(z.object({ provider: ProviderId }), z.object({ models: z.array(EditorModel) })),
  'lm/complete': request(EditorModelCall, EditorModelAnswer),
  'secret/read': request(z.object({ provider: KeyHolder, origin: z.string() }), z.object({ key: z.string() })),
} as const satisfies Record<string, RequestRow>

/** Everything that may change and that clients read: a change that is not known in detail names all of it. */
export const dataKinds = [
  'providers',
  'models',
  'routes',
  'preferences',
  'categories',
  'prompts',
  'runs',
  'labels',
  'evaluations',
  'threads',
  'knowledge',
  'gateways',
  'usage',
  'audit',
] as const
export type DataKind = (typeof dataKinds)[number]

/** Server to client. `data/changed` names what to read again; `status/changed` carries the new readiness. */
export const notifications = {
  'status/changed': Readiness,
  'data/changed': z.object({ what: z.array(z.enum(dataKinds)) }),
  'run/progress': RunView,
  'evaluation/progress': EvaluationProgress,
  /** At most 10 a second for each model. */
  'model/pullProgress': PullProgress,
  /** Before each call of a test. */
  'model/testProgress': TestProgress,
  /** Before `initialize` is answered, at most twice a second: a store is being moved, or another process is waited for. Bytes. */
  'store/moving': z.object({ copied: z.int().nonnegative(), total: z.int().nonnegative() }),
  /** Pieces of an answer, at most 20 a second for each thread. */
  'thread/delta': ThreadDelta,
  /** Pieces of the answer to `chat/complete`, as they come. */
  'chat/delta': ChatDelta,
  /** After each batch of a build. */
  'kb/progress': BuildProgress,
} as const satisfies Record<string, z.ZodType>

/** Client to server: the key of a provider or gateway was set or cleared, so what was known of it is out of date. */
export const clientNotifications = {
  'secret/changed': z.object({ provider: KeyHolder }),
} as const satisfies Record<string, z.ZodType>

/** What `initialize` takes as `initializationOptions`. */
export const InitializationOptions = z.object({
  dataDir: z.string().min(1).max(4096),
  /**
   * The editor's own storage, from which a store moves to `dataDir`. `leaves`: a person goes over to what stands in `dataDir`, and the
   * store in here stays where it is. Absent: nothing moves.
   */
  editor: z.object({ folder: z.string().min(1).max(4096), leaves: z.boolean().default(false) }).optional(),
  /** Who asks, so that it can be said where a key is kept. Absent: nobody keeps keys here. */
  surface: Surface.optional(),
  /** Check the providers of active routes on the server's own clock. Off for one-shot clients. */
  healthChecks: z.boolean().default(true),
  /** Show results within the documents that the client opens. Absent: the server is no language server. */
  documents: DocumentOptions.optional(),
  /** The client answers `lm/list` and `lm/complete`. Absent: it does not. */
  languageModels: z.boolean().optional(),
})
export type InitializationOptions = z.infer<typeof InitializationOptions>

export type RequestName = keyof typeof requests
/** What a caller passes: defaults may be left out. */
export type Params<Name extends RequestName> = z.input<(typeof requests)[Name]['params']>
/** What a handler gets: defaults are filled in. */
export type ParsedParams<Name extends RequestName> = z.output<(typeof requests)[Name]['params']>
export type Result<Name extends RequestName> = z.output<(typeof requests)[Name]['result']>
export type NotificationName = keyof typeof notifications
export type Notification<Name extends NotificationName> = z.output<(typeof notifications)[Name]>
