import type { ParsedParams } from '../../protocol/contract.ts'
import type { Outcome } from '../../protocol/outcome.ts'
import type { ConnectionReport, ProviderView } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Resolution } from '../../protocol/routing.ts'
import type { Changes } from '../changes.ts'
import type { PolicyFacts } from '../domain/workspacePolicy.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import type { Log } from '../rpc/log.ts'
import { type CheckTools, checkProvider } from './checkProvider.ts'
import type { HealthRecords } from './healthRecords.ts'

/** Checks of saved providers, which keep what they find. */
export interface ProviderChecks {
  /** Asks the provider, and keeps what was found unless it is about a key or settings that have changed meanwhile. */
  record(open: OpenProvider, wanted: readonly string[], signal: AbortSignal): Promise<Outcome<ConnectionReport>>
  /** Asks by name, and tells the clients; resolves to whether it is well. Never rejects. */
  check(provider: string, signal: AbortSignal): Promise<boolean>
  /** What somebody else's call found out about the provider, as a check would have. */
  recordFailure(provider: string, reason: Reason): Promise<void>
  /** A call was told to come back later: kept for runs to come, and told, since people wonder why nothing goes on. */
  recordPause(provider: string, ms: number): void
}

interface CheckedProviders {
  /** Undefined when there is no such provider. */
  open(provider: string): Outcome<OpenProvider> | undefined
  wantedModels(provider: string): string[]
}

export interface ProviderChecksParts {
  directory: CheckedProviders
  health: Pick<HealthRecords, 'mark' | 'beginProbe' | 'record' | 'pause'>
  tools: CheckTools
  changes: Pick<Changes, 'emit'>
  log: Pick<Log, 'error'>
  /** The provider's list of models was read just now. */
  onListed(provider: string): Promise<void>
}

export function createProviderChecks({
  directory,
  health,
  tools,
  changes,
  log,
  onListed,
}: ProviderChecksParts): ProviderChecks {
  async function record(
    open: OpenProvider,
    wanted: readonly string[],
    signal: AbortSignal,
  ): Promise<Outcome<ConnectionReport>> {
    const mark = health.mark(open.provider)
    const endProbe = health.beginProbe(open.provider)
    const outcome = await checkProvider(open, wanted, tools, signal).finally(endProbe)
    const isCancelled = !outcome.ok && outcome.reason.code === 'cancelled'
    if (isCancelled || health.mark(open.provider) !== mark) return outcome
    await health.record(open, outcome)
    if (outcome.ok) await onListed(open.provider)
    return outcome
  }

  async function check(provider: string, signal: AbortSignal): Promise<boolean> {
    const open = directory.open(provider)
    if (!open?.ok) return false
    try {
      const outcome = await record(open.value, directory.wantedModels(provider), signal)
      if (!outcome.ok && outcome.reason.code === 'cancelled') return false
      changes.emit('providers')
      return outcome.ok
    } catch (error) {
      log.error(`Checking "${provider}" failed because of a bug`, error)
      return false
    }
  }

  return {
    record,
    check,
    async recordFailure(provider, reason) {
      const open = directory.open(provider)
      if (!open?.ok) return
      await health.record(open.value, { ok: false, reason })
      changes.emit('providers')
    },
    recordPause(provider, ms) {
      health
        .pause(provider, ms)
        .then((isNews) => {
          if (isNews) changes.emit('providers')
        })
        .catch((error: unknown) => log.error('A pause was not kept', error))
    },
  }
}

/** A provider that was well this recently is not asked again before a run. */
const freshMs = 30_000

/** A server that is busy answers its list late; what was known of it counts then, and the calls find out. */
const patienceMs = 5_000

type RunChoice = Pick<ParsedParams<'run/start'>, 'tasks' | 'override'>
/** Whose rules count. Absent: nobody's. */
type RunTexts = Partial<Pick<ParsedParams<'run/start'>, 'workspaceFolder' | 'source'>>

interface BeforeRunParts {
  directory: {
    resolve(
      task: RunChoice['tasks'][number],
      override: RunChoice['override'],
      policies: readonly PolicyFacts[],
    ): Resolution
    view(provider: string): Pick<ProviderView, 'enabled'> | undefined
  }
  health: Pick<HealthRecords, 'of' | 'pausedForMs' | 'isBeingCalled'>
  checks: Pick<ProviderChecks, 'check'>
  policies: { of(texts: RunTexts): Promise<PolicyFacts[]> }
  now(): string
}

/**
 * Looks at the providers that a run may use before it is resolved, so that an unreachable one is told before anything starts,
 * and one that recovered is not refused for what was true yesterday. All are asked at once.
 */
export async function checkBeforeRun(
  parts: BeforeRunParts,
  { tasks, override, ...texts }: RunChoice & RunTexts,
  signal: AbortSignal,
): Promise<void> {
  const policies = await parts.policies.of(texts)
  const steps = tasks.flatMap((task) => parts.directory.resolve(task, override, policies).trace)
  // One that may not be used is left alone.
  const denied = new Set(steps.filter(({ reason }) => reason?.code === 'policy_denied').map(({ provider }) => provider))
  const providers = new Set(steps.map(({ provider }) => provider).filter((name) => name !== null && !denied.has(name)))
  await Promise.all(
    [...(providers as ReadonlySet<string>)].map((provider) => checkUnlessFresh(parts, provider, signal)),
  )
}

async function checkUnlessFresh(
  { directory, health, checks, now }: BeforeRunParts,
  provider: string,
  signal: AbortSignal,
): Promise<void> {
  const found = health.of(provider).health
  const age = Date.parse(now()) - Date.parse(found.checkedAt ?? '')
  // A clock that was set back makes a check younger than nothing.
  if (found.state === 'ok' && age >= 0 && age < freshMs) return
  if (health.pausedForMs(provider) > 0) return
  // A call of ours is under way there: some servers answer nothing else meanwhile.
  if (health.isBeingCalled(provider)) return
  if (!directory.view(provider)?.enabled) return
  await checks.check(provider, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]))
}
