import { setTimeout } from 'node:timers/promises'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ConnectionReport } from '../../protocol/providers.ts'
import { fail } from '../../shared/fail.ts'
import type { Keys } from '../keys.ts'
import type { CheckFindings, ProviderCall } from '../providers/adapter.ts'
import { noTransport } from '../providers/noTransport.ts'
import { isSameModel, type OpenProvider } from '../providers/openProvider.ts'
import type { Transport } from '../providers/transport.ts'
import { isOllama, withFoundAddress } from './findAddress.ts'

/** Long enough for a server that wakes up, short enough for a person who waits. */
const checkTimeoutMs = 15_000

export interface CheckTools {
  keys: Pick<Keys, 'read'>
  transport(): Promise<Transport>
  /** As calls have it. */
  learned?: ProviderCall<unknown>['learned']
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
  const { provider, config } = open
  const transport = open.endpoint === null ? noTransport : await tools.transport()
  const { learned } = tools
  const call = {
    ...{ provider, config, key: keyOutcome.value, transport, learned },
    signal: AbortSignal.any([signal, timeout]),
  }
  const outcome = await checkOnceLoaded(() => open.adapter.check(call), call.signal)
  const latencyMs = Math.round(tools.monotonicNow() - started)
  if (!outcome.ok) {
    const ranOut = outcome.reason.code === 'cancelled' && timeout.aborted && !signal.aborted
    if (ranOut) return timedOut(open)
    const checkAt = (other: unknown) => open.adapter.check({ ...call, config: other })
    return {
      ok: false,
      reason: await withFoundAddress(outcome.reason, { open, transport, signal: call.signal, checkAt }),
    }
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
    ...offerOf(open, outcome.value),
    ...((await isOllama(open, models, call)) ? { betterKind: 'ollama' as const } : {}),
  })
}

function offerOf({ adapter }: OpenProvider, found: CheckFindings): Pick<ConnectionReport, 'pullOffer'> {
  const pullOffer = adapter.offerPull?.(found)
  return pullOffer === undefined ? {} : { pullOffer }
}

/** llama.cpp says so on every path while it loads its model, which takes seconds: asked again until the check has to end. */
const loadingCode = 'unavailable_error'
const askAgainMs = 1_000

async function checkOnceLoaded<Value>(
  check: () => Promise<Outcome<Value>>,
  signal: AbortSignal,
): Promise<Outcome<Value>> {
  for (;;) {
    const outcome = await check()
    if (outcome.ok || !('raw' in outcome.reason) || outcome.reason.raw?.code !== loadingCode) return outcome
    const isOver = await setTimeout(askAgainMs, false, { signal }).catch(() => true)
    // What it said counts, not that the time was up.
    if (isOver) return outcome
  }
}

function timedOut(open: OpenProvider): Outcome<never> {
  const endpoint = open.endpoint ?? ''
  return fail({ code: 'timeout', provider: open.provider, endpoint, phase: 'total', afterMs: checkTimeoutMs })
}
