import * as z from 'zod'
import { GateMiss } from './gate.ts'
import { gatewayFacts } from './gatewayReasons.ts'
import { githubFacts } from './githubReasons.ts'
import { Surface } from './home.ts'
import { learnedFacts } from './learnedReasons.ts'
import { LocalizableMessage } from './localizableMessage.ts'
import { Instant, KeyHolder, ModelId, ProviderId, Task } from './names.ts'

/** What a provider literally said; kept for the log and for experts, never decided on by its text. */
export const RawCause = z.object({
  status: z.int().nullish(),
  code: z.string().nullish(),
  requestId: z.string().nullish(),
})
export type RawCause = z.infer<typeof RawCause>

const raw = { raw: RawCause.optional() }
const provider = { provider: ProviderId }
const endpoint = { endpoint: z.string() }
const model = { model: ModelId }
/** The default model for generation, to be offered; it is never used by itself. */
const suggestion = { suggestion: z.object({ ...provider, ...model }).optional() }
/** Beside a text in English: the same for other languages. */
const localizable = { localizable: LocalizableMessage.optional() }
/** What the provider said, where the code alone does not tell the cause. */
const detail = { detail: z.string().optional(), ...localizable }
/** True: a gateway told of what stands behind it. Its other models may work, and its key is fine. */
const behindGateway = { behindGateway: z.literal(true).optional() }
const retryAfterMs = { retryAfterMs: z.number().nonnegative().nullable() }

/**
 * Why no call can be made although something is there. A certificate that nobody vouches for, that is out of date or of another host;
 * no TLS that both sides know; http asked by https and the other way round; HTTP/2 only; a proxy that wants a user, refuses the way,
 * or is not there itself.
 */
export const ConnectionObstacle = z.enum([
  'certificate_untrusted',
  'certificate_expired',
  'certificate_host',
  'tls_failed',
  'speaks_http',
  'speaks_https',
  'http2_only',
  'proxy_login',
  'proxy_refused',
  'proxy_unreachable',
])
export type ConnectionObstacle = z.infer<typeof ConnectionObstacle>

/**
 * Why no decision can be read out of a model's log probabilities. no_logprobs: its server gives none; label_tokens: a label is no single
 * token at the place of the answer; thinks: it cannot be kept from thinking first; too_few: fewer come back than a question has options.
 */
export const ReadoutProblem = z.enum(['no_logprobs', 'label_tokens', 'thinks', 'too_few'])
export type ReadoutProblem = z.infer<typeof ReadoutProblem>

/** The base URL at which the API was found, when the one that is set is nearly right. */
const otherAddress = { otherAddress: z.string().optional() }

/** One thing wrong with a value: `path` names the field (`profile.categories[2].weight`), `line` is 1-based where a file is meant. */
export const Problem = z.object({
  path: z.string(),
  /** In English; `localizable` is the same for other languages. */
  message: z.string(),
  ...localizable,
  line: z.int().optional(),
  column: z.int().optional(),
})
export type Problem = z.infer<typeof Problem>

/** Something that would break or change its meaning if its provider or model went away. */
export const Dependent = z.object({
  what: z.enum([
    'route',
    'fallback',
    'run',
    'default',
    'model',
    'category',
    'thread',
    'knowledge_base',
    'gateway',
    'alias',
  ]),
  id: z.string(),
})
export type Dependent = z.infer<typeof Dependent>

const valid = { valid: z.array(ProviderId).max(100).optional() }

/** Why a task cannot run, or why a call to a provider failed. Each code carries only what is known when it happens. */
const readinessFacts = [
  z.object({
    code: z.literal('no_route'),
    task: Task,
    /** There is a route, but what is stored of it cannot be read: what is wrong with it, in words. */
    problem: z.string().optional(),
    ...localizable,
    ...suggestion,
  }),
  /** `valid`: which could be named instead, where one was to be chosen. */
  z.object({ code: z.literal('provider_unconfigured'), ...provider, ...valid }),
  z.object({ code: z.literal('provider_disabled'), ...provider, ...valid }),
  z.object({ code: z.literal('provider_unknown'), ...provider, kind: z.string() }),
  z.object({ code: z.literal('config_invalid'), ...provider, problems: z.array(Problem) }),
  z.object({
    code: z.literal('model_unconfigured'),
    ...provider,
    task: Task.optional(),
    /** A model is chosen, but it is switched off in the registry. */
    inactive: ModelId.optional(),
    ...suggestion,
  }),
  z.object({
    code: z.literal('secret_missing'),
    provider: KeyHolder,
    source: z.enum(['secret_store', 'environment']),
    /** Name of the environment variable that should hold the key. */
    variable: z.string().optional(),
    /** The header that the variable's value goes into, where it is not the provider's key that is missing. */
    header: z.string().optional(),
    /** Set when a key exists but was entered for another origin, and so is not sent. */
    boundTo: z.string().optional(),
    origin: z.string().optional(),
    /**
     * What kept the secret store from giving or keeping a key. absent: this machine has none; failed: it is locked or refused;
     * slow: it did not answer in time; damaged: what it holds cannot be read. Not set: it answered, and has no such key.
     */
    store: z.enum(['absent', 'failed', 'slow', 'damaged']).optional(),
    /** Who keeps the key for this origin in a secret store of its own, which nobody else reads. Absent: nobody that is known of. */
    keptBy: Surface.optional(),
  }),
  z.object({
    code: z.literal('policy_denied'),
    ...provider,
    rule: z.enum(['plain_http_with_key', 'blocked_address', 'redirect', 'invalid_key', 'workspace_rules']),
    detail: z.string(),
    ...localizable,
    /** Of `workspace_rules`: the file that says so. */
    file: z.string().optional(),
    /** Of `workspace_rules`: what is wrong with the file. It cannot be followed until it is mended, so nothing is sent. Absent: nothing is. */
    problems: z.array(Problem).optional(),
  }),
  z.object({
    code: z.literal('provider_unreachable'),
    ...provider,
    ...endpoint,
    cause: z.string().optional(),
    ...localizable,
    /** What stands in the way, although something answered there. Absent: nothing did, as far as is known. */
    obstacle: ConnectionObstacle.optional(),
    /** Origin of the proxy that the way leads through. */
    proxy: z.string().optional(),
    /** The server of a person's own machine that the provider's kind is for. Absent: the kind says nothing of it. */
    server: z.literal('ollama').optional(),
    ...otherAddress,
    ...raw,
  }),
  z.object({
    code: z.literal('timeout'),
    ...provider,
    ...endpoint,
    phase: z.enum(['connect', 'first_byte', 'idle', 'total', 'server']),
    afterMs: z.number().nullable(),
    ...raw,
  }),
  /** `wantsKey`: none was sent. `model`: the one that the gateway's own key is not accepted for. */
  z.object({
    code: z.literal('auth_failed'),
    ...provider,
    model: ModelId.optional(),
    wantsKey: z.literal(true).optional(),
    ...behindGateway,
    ...detail,
    ...raw,
  }),
  z.object({ code: z.literal('quota_exceeded'), ...provider, ...behindGateway, ...detail, ...raw }),
  z.object({ code: z.literal('rate_limited'), ...provider, ...retryAfterMs, ...raw }),
  /** `detail`: what the server said. `isLoading`: it is there, and reads its model into memory. */
  z.object({
    code: z.literal('overloaded'),
    ...provider,
    ...retryAfterMs,
    detail: z.string().optional(),
    ...localizable,
    isLoading: z.boolean().optional(),
    ...raw,
  }),
  z.object({
    code: z.literal('model_missing'),
    ...provider,
    ...model,
    alternatives: z.array(z.string()).max(20),
    ...detail,
    ...raw,
  }),
  z.object({
    code: z.literal('model_deprecated'),
    ...provider,
    ...model,
    /** The task that is routed to it. */
    task: Task.optional(),
    shutdownAt: Instant.nullable(),
    replacement: z.string().nullable(),
  }),
  /**
   * `neededTokens`: of the request, as the server counted. `remedy`: who can make the window larger, where that is known;
   * `shorter_question`: in a conversation, whoever asks hands over less.
   * `readTokens` of at least `sentTokens`: the server took only a part of the prompt, without saying so.
   * `writtenTokens`: the context was full after so many tokens of the answer.
   */
  z.object({
    code: z.literal('context_too_long'),
    ...provider,
    ...model,
    limitTokens: z.int().nullable(),
    neededTokens: z.int().positive().optional(),
    remedy: z.enum(['set_window', 'restart_server', 'shorter_question']).optional(),
    readTokens: z.int().optional(),
    sentTokens: z.int().optional(),
    writtenTokens: z.int().optional(),
    ...raw,
  }),
  z.object({
    code: z.literal('invalid_response'),
    ...provider,
    problem: z.enum([
      'not_json',
      'not_the_api',
      'error_body',
      'empty',
      'truncated',
      'repetitive',
      'interrupted',
      'too_large',
      'schema',
      'rejected_request',
      'unexpected_status',
      /** The server says that it cannot run the model, whatever is asked: no memory, damaged weights, nothing loaded. */
      'cannot_serve',
    ]),
    detail: z.string(),
    ...localizable,
    /** With `rejected_request`: what of the request was refused, where that is known. */
    refuses: z.enum(['output_format', 'other']).optional(),
    /** With `empty`: there was thinking text, so the model works and its thinking has to be switched off. */
    hasThought: z.boolean().optional(),
    ...otherAddress,
    ...raw,
  }),
  z.object({ code: z.literal('content_filtered'), ...provider, ...model, detail: z.string(), ...localizable, ...raw }),
  /**
   * The model cannot be asked in this way. model: it is not made for it; server: what serves it has no such call; version: not yet,
   * `needs` names the first that has. `detail`: what the server said. `readout`: what is in the way of a read-out, where it is known.
   */
  z.object({
    code: z.literal('ask_unsupported'),
    ...provider,
    ...model,
    ask: z.enum(['decisions', 'readout', 'text']),
    why: z.enum(['model', 'server', 'version']),
    needs: z.string().optional(),
    readout: ReadoutProblem.optional(),
    ...detail,
    ...raw,
  }),
  /** `why`: the kind has no batch API; or the model is not asked by text. */
  z.object({ code: z.literal('lane_unsupported'), ...provider, ...model, why: z.enum(['kind', 'ask']) }),
  /** The models of VS Code can be asked by the editor alone. no_editor: the client is none; untrusted: its workspace is not trusted. */
  z.object({ code: z.literal('editor_absent'), ...provider, why: z.enum(['no_editor', 'untrusted']) }),
  /** VS Code asked, and the person did not allow it. */
  z.object({ code: z.literal('consent_missing'), ...provider, ...model }),
  /** `doing`: what was cancelled, where it is not a run. */
  z.object({ code: z.literal('cancelled'), doing: z.enum(['test']).optional() }),
] as const

/** Why a request of ours cannot be carried out, although the call was well formed. */
const requestFacts = [
  /** A cap would be passed. `neededUsd` is what the next call may cost at most; null: the model's price is not known. */
  z.object({
    code: z.literal('spend_cap'),
    ...provider,
    ...model,
    scope: z.enum(['run', 'day']),
    capUsd: z.number().nonnegative(),
    spentUsd: z.number().nonnegative(),
    neededUsd: z.number().nonnegative().nullable(),
  }),
  /**
   * A rule of the run's `stopWhen` was met. `limit` and `measured` are seconds for `time`, else shares of the `items` that were judged
   * since the run was started or resumed, and of so many answers for `invalid`. `category`: the one that nearly all items have.
   * `unusable`: none of the first `measured` answers could be used, or so many refusals were alike; `failed_in_row`: so many items
   * failed one after the other. `last` is why the last one did, in words.
   */
  z.object({
    code: z.literal('stop_rule'),
    rule: z.enum(['time', 'failed', 'invalid', 'same_category', 'unusable', 'failed_in_row']),
    limit: z.number(),
    measured: z.number(),
    items: z.int().nonnegative(),
    category: z.string().optional(),
    last: z.string().optional(),
    ...localizable,
  }),
  /** What only such a model can do was asked for, and none is marked as the default. `unfit`: one is, and writes no text. */
  z.object({
    code: z.literal('no_default_model'),
    type: z.literal('generation'),
    unfit: z.object({ ...provider, ...model }).optional(),
  }),
  z.object({
    code: z.literal('not_found'),
    what: z.enum([
      'provider',
      'model',
      'category',
      'run',
      'route',
      'label',
      'evaluation',
      'thread',
      'message',
      'knowledge_base',
      'gateway',
      'alias',
      'item',
    ]),
    id: z.string(),
  }),
  /** `id` of a profile: its file, or `stored`. */
  z.object({
    code: z.literal('already_exists'),
    what: z.enum(['provider', 'model', 'category', 'profile', 'knowledge_base', 'gateway']),
    id: z.string(),
  }),
  z.object({
    code: z.literal('has_dependents'),
    /** `id` of a model: `provider/model`. */
    what: z.enum(['provider', 'model', 'category', 'alias']),
    id: z.string(),
    dependents: z.array(Dependent),
  }),
  z.object({ code: z.literal('conflict'), what: z.string(), id: z.string() }),
  z.object({ code: z.literal('category_invalid'), problems: z.array(Problem) }),
  /** A text that was to be kept as a prompt; `path` of a problem is its part, `line` counts in the text. */
  z.object({ code: z.literal('prompt_invalid'), task: Task, problems: z.array(Problem) }),
  /** Questions that cannot be asked: something is in them twice, or more than the server takes; `path` is `questions.0.options`. */
  z.object({ code: z.literal('questions_invalid'), problems: z.array(Problem) }),
  /** What looks like a key stands in a value that is no place for one. Nothing was kept; the values themselves are told nowhere. */
  z.object({ code: z.literal('key_refused'), problems: z.array(Problem) }),
  /** What a person said of an item cannot be kept like that. */
  z.object({ code: z.literal('label_invalid'), problems: z.array(Problem) }),
  /** The file of a golden set cannot be read or written. */
  /** `no_labels`: nobody has labelled anything there yet. Absent: the file, or what is in it, cannot be used. */
  z.object({
    code: z.literal('labels_failed'),
    file: z.string(),
    problem: z.literal('no_labels').optional(),
    detail: z.string(),
    ...localizable,
  }),
  z.object({ code: z.literal('profile_invalid'), file: z.string(), problems: z.array(Problem) }),
  z.object({
    code: z.literal('source_invalid'),
    source: z.string(),
    problem: z.enum([
      'missing',
      'unreadable',
      'empty',
      'binary',
      'encoding',
      'malformed',
      'no_text_field',
      'no_id_field',
      'no_items',
      'changed',
      'not_a_file',
      'encrypted',
      'unsupported',
      'too_large',
      'locked',
      'no_table',
    ]),
    detail: z.string(),
    ...localizable,
    line: z.int().optional(),
    /** The field that is most likely the text, where none is named and none is clear. */
    field: z.string().optional(),
    /** JSON pointer to the first of several lists of a document, any of which may hold the items. */
    items: z.string().optional(),
    /** What it looks like, where another encoding than the assumed one would help. */
    encoding: z.string().optional(),
    /** What it has to be saved or exported as to be read, as a program's menu says it: `.xlsx`, `CSV`. */
    saveAs: z.string().optional(),
    /** Which there are, the likeliest first, at most 50: one has to be named by this setting of the source. */
    tables: z.object({ setting: z.enum(['sheet', 'table', 'query']), names: z.array(z.string()).max(50) }).optional(),
  }),
  /** `edited`: it is a results file, but no longer as it was written; who names it (`output.path`), or overwrites it, means it. */
  z.object({
    code: z.literal('output_invalid'),
    path: z.string(),
    detail: z.string(),
    edited: z.literal(true).optional(),
    ...localizable,
  }),
  z.object({ code: z.literal('run_not_resumable'), runId: z.string(), detail: z.string(), ...localizable }),
  /** `unanswered`: its process was asked to end the run, and did not within a few seconds. */
  z.object({
    code: z.literal('run_busy'),
    runId: z.string(),
    pid: z.int(),
    unanswered: z.enum(['pause', 'cancel']).optional(),
  }),
  /** The profile has a gate that the model has not passed, by its last measurement (`measuredAt`; null: it has none with this profile). */
  z.object({
    code: z.literal('gate_unmet'),
    ...provider,
    ...model,
    misses: z.array(GateMiss).min(1),
    measuredAt: Instant.nullable(),
  }),
  /** A knowledge base that was never built, or has nothing in it. */
  z.object({ code: z.literal('kb_unbuilt'), name: z.string() }),
  /** Its vectors are of another model than the one that is wanted: they would have to be made anew. */
  z.object({ code: z.literal('kb_locked'), name: z.string(), chunks: z.int() }),
  /** Another process builds it. */
  z.object({ code: z.literal('kb_busy'), name: z.string() }),
  /** The model makes vectors of another length than those that are there: it is another one behind the same name. */
  z.object({
    code: z.literal('vectors_changed'),
    name: z.string(),
    provider: ProviderId,
    model: ModelId,
    found: z.int(),
    expected: z.int(),
  }),
  ...gatewayFacts,
  ...learnedFacts,
  ...githubFacts,
  /** A thread whose last question is being answered. */
  z.object({ code: z.literal('thread_busy'), threadId: z.string() }),
  /** A run whose results cannot be kept, or that nothing was kept before. */
  z.object({
    code: z.literal('revision_invalid'),
    runId: z.string(),
    problem: z.enum(['no_source', 'no_results', 'nothing_before']),
  }),
  z.object({
    code: z.literal('store_read_only'),
    /**
     * newer_version: it has upgraded the data; moved: all of it stands in another folder by now; older_copy: the data was replaced by a
     * copy that needs an upgrade; other_data: it does not fit this version; on_request: it was opened so; the others: the folder cannot
     * be written to.
     */
    cause: z.enum([
      'newer_version',
      'moved',
      'older_copy',
      'other_data',
      'on_request',
      'no_permission',
      'read_only_disk',
    ]),
    why: z.string(),
    ...localizable,
  }),
  z.object({
    code: z.literal('store_failed'),
    detail: z.string(),
    ...localizable,
    /** What the disk said; absent: it was not about the disk, or something rarer. */
    cause: z.enum(['disk_full', 'no_permission', 'read_only_disk', 'disk_error']).optional(),
  }),
  z.object({ code: z.literal('store_invalid'), detail: z.string(), ...localizable }),
  /**
   * What the profile asks does not fit into requests to the model, and nothing was sent. options: the profile has `wanted` options side
   * by side, "none of these" among them, and the model takes `most`; levels: scoring has `wanted`, and it takes `most`; too_large: the
   * questions leave no room for a text.
   */
  z.object({
    code: z.literal('questions_unfit'),
    ...provider,
    ...model,
    task: Task,
    problem: z.enum(['options', 'levels', 'too_large']),
    wanted: z.int().positive().optional(),
    most: z.int().positive().optional(),
  }),
  /** A command line that cannot be understood. `usage` is how the command is called. */
  z.object({ code: z.literal('usage_invalid'), detail: z.string().min(1), ...localizable, usage: z.string() }),
  /** A bug, where it has to be an Outcome: by a program that prints them, or by a run that it stopped. */
  z.object({ code: z.literal('internal_error'), detail: z.string(), ...localizable }),
] as const

export const ReadinessFacts = z.discriminatedUnion('code', readinessFacts)
export type ReadinessFacts = z.infer<typeof ReadinessFacts>
export const ReasonFacts = z.discriminatedUnion('code', [...readinessFacts, ...requestFacts])
export type ReasonFacts = z.infer<typeof ReasonFacts>
export type ReasonCode = ReasonFacts['code']
export type ReadinessCode = ReadinessFacts['code']

export const readinessCodes: readonly ReadinessCode[] = readinessFacts.map((option) => option.shape.code.value)
export const reasonCodes: readonly ReasonCode[] = [
  ...readinessCodes,
  ...requestFacts.map((option) => option.shape.code.value),
]

/** The one thing that helps next. A surface turns `id` into a command or a command line; `label` is what the button says. */
export const Action = z.object({
  id: z.enum([
    'setRoute',
    'addProvider',
    'enableProvider',
    'editProvider',
    'setKey',
    'testConnection',
    'fixConnection',
    'chooseModel',
    'checkAccount',
    'waitAndRetry',
    'buildKnowledge',
    'fixGateway',
    'measureModel',
    'shortenContent',
    'widenContext',
    'changeContent',
    'resumeRun',
    'fixFile',
    'chooseSource',
    'chooseOutput',
    'list',
    'confirm',
    'reload',
    'updateProduct',
    'updateServer',
    'fixFolder',
    'showLog',
    'showHelp',
  ]),
  label: z.string(),
})
export type Action = z.infer<typeof Action>

const explanation = { message: z.string(), action: Action }

/** The facts of a failure together with one sentence for a person and exactly one next action. */
export const Reason = z.intersection(ReasonFacts, z.object(explanation))
export type Reason = ReasonFacts & z.infer<z.ZodObject<typeof explanation>>
