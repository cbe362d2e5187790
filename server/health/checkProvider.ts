import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ConnectionReport } from '../../protocol/providers.ts'
import type { Keys } from '../keys.ts'
import { keepAnnouncedEnds } from '../models/announcedEnds.ts'
import { noTransport } from '../providers/noTransport.ts'
import { isSameModel, type OpenProvider } from '../providers/openProvider.ts'
import type { Transport } from '../providers/transport.ts'
import type { Services } from '../store/change.ts'

/** Long enough for a server that wakes up, short enough for a person who waits. */
const checkTimeoutMs = 15_000

export interface CheckTools {
  keys: Keys
  transport(): Promise<Transport>
  /** Milliseconds of a clock that never jumps. */
  monotonicNow(): number
}

/**
 * Asks a provider whether it is there, takes the key and has the models. Changes nothing anywhere.
 * `key` is used instead of the stored one, for values that are not saved yet; undefined means the stored one.
 */
export async function checkProvider(
  open: OpenProvider,
  wanted: readonly string[],
  tools: CheckTools,
  signal: AbortSignal,
  key?: string | null,
): Promise<Outcome<ConnectionReport>> {
  const keyOutcome = key === undefined ? await tools.keys.read(open.keyOwner) : succeed(key)
  if (!keyOutcome.ok) return keyOutcome
  const started = tools.monotonicNow()
  const timeout = AbortSignal.timeout(checkTimeoutMs)
  const outcome = await open.adapter.check({
    provider: open.provider,
    config: open.config,
    key: keyOutcome.value,
    transport: open.endpoint === null ? noTransport : await tools.transport(),
    signal: AbortSignal.any([signal, timeout]),
  })
  const latencyMs = Math.round(tools.monotonicNow() - started)
  if (!outcome.ok) {
    const ranOut = outcome.reason.code === 'cancelled' && timeout.aborted && !signal.aborted
    return ranOut ? timedOut(open) : outcome
  }
  const { version, models, method, isListPartial } = outcome.value
  return succeed({
    provider: open.provider,
    kind: open.adapter.kind,
    endpoint: open.endpoint,
    latencyMs,
    version,
    models,
    wanted: wanted.map((model) => ({
      model,
      found: models.some((listed) => isSameModel(open.adapter, model, listed.model)),
    })),
    method,
    isListPartial,
  })
}

function timedOut(open: OpenProvider): Outcome<never> {
  const endpoint = open.endpoint ?? ''
  return fail({ code: 'timeout', provider: open.provider, endpoint, phase: 'total', afterMs: checkTimeoutMs })
}

export type RecordingServices = Pick<Services, 'health' | 'check' | 'store' | 'modelSources' | 'now' | 'tellChanged'>

/** The same, and keeps what was found, unless it is about a key or settings that have changed meanwhile. */
export async function checkAndRecord(
  services: RecordingServices,
  open: OpenProvider,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Outcome<ConnectionReport>> {
  const { health, check } = services
  const mark = health.mark(open.provider)
  const asked = health.asking(open.provider)
  const outcome = await checkProvider(open, wanted, check, signal).finally(asked)
  const isCancelled = !outcome.ok && outcome.reason.code === 'cancelled'
  if (isCancelled || health.mark(open.provider) !== mark) return outcome
  await health.keep(open, outcome)
  if (outcome.ok) await keepAnnouncedEnds(services, open.provider)
  return outcome
}

/** Checks a saved provider, keeps what was found and tells the clients; resolves to whether it is well. Never rejects. */
export async function checkAndKeep(
  services: RecordingServices & Pick<Services, 'directory' | 'log'>,
  provider: string,
  signal: AbortSignal,
): Promise<boolean> {
  const open = services.directory.open(provider)
  if (!open?.ok) return false
  try {
    const wanted = services.directory.wantedModels(provider)
    const outcome = await checkAndRecord(services, open.value, wanted, signal)
    if (!outcome.ok && outcome.reason.code === 'cancelled') return false
    services.tellChanged('providers')
    return outcome.ok
  } catch (error) {
    services.log.error(`Checking "${provider}" failed because of a bug`, error)
    return false
  }
}
