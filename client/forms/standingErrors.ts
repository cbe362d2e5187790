import { commands, type Disposable } from 'vscode'
import type { ProviderView } from '../../protocol/providers.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Snapshot, SnapshotStore } from '../connection/snapshot.ts'

interface Standing {
  reason: Reason
  /** Of the provider when it was shown; null: there was none. */
  before: ProviderView | null
  at: number
}

/**
 * Messages about a provider or a task that nobody has answered yet. The editor keeps an error with buttons on the screen until it is
 * closed, and has no way to take back a single one; when the cause is gone, what is on the screen goes to the list behind the bell.
 */
export class StandingErrors implements Disposable {
  readonly #snapshots: Pick<SnapshotStore, 'current' | 'changes'>
  readonly #now: () => number
  readonly #standing = new Set<Standing>()
  readonly #listening: Disposable

  constructor(snapshots: Pick<SnapshotStore, 'current' | 'changes'>, now: () => number) {
    this.#snapshots = snapshots
    this.#now = now
    this.#listening = snapshots.changes.listen((snapshot) => {
      if (snapshot) this.#end((each) => isGone(each, snapshot))
    })
  }

  /** Shows a message by `show`, until it is answered or its cause is gone. */
  async show<Value>(reason: Reason, show: () => Thenable<Value>): Promise<Value> {
    const standing = { reason, before: providerOf(reason, this.#snapshots.current), at: this.#now() }
    this.#standing.add(standing)
    try {
      return await show()
    } finally {
      this.#standing.delete(standing)
    }
  }

  /** What was said of the provider counts no more. */
  forget(provider: string): void {
    this.#end(({ reason }) => 'provider' in reason && reason.provider === provider)
  }

  dispose(): void {
    this.#listening.dispose()
    this.#standing.clear()
  }

  #end(isOver: (standing: Standing) => boolean): void {
    const over = [...this.#standing].filter(isOver)
    for (const each of over) this.#standing.delete(each)
    if (over.length > 0) void commands.executeCommand('notifications.hideToasts')
  }
}

function providerOf(reason: Reason, snapshot: Snapshot | null): ProviderView | null {
  const name = 'provider' in reason ? reason.provider : undefined
  return snapshot?.providers.find(({ provider }) => provider === name) ?? null
}

/** What a check that goes well shows to be over. */
const byCheck: ReadonlySet<Reason['code']> = new Set([
  'provider_unreachable',
  'timeout',
  'auth_failed',
  'secret_missing',
  'overloaded',
  'rate_limited',
  'invalid_response',
  'policy_denied',
])

/** What is wrong with a call or an item stays so; a provider that answers, has its key or other settings, and a task that is ready, are news. */
function isGone({ reason, before, at }: Standing, snapshot: Snapshot): boolean {
  if (reason.code === 'no_route') return snapshot.readiness[reason.task].ready
  if (!('provider' in reason)) return false
  const view = providerOf(reason, snapshot)
  if (!view) return before !== null
  if (before === null || view.updatedAt !== before.updatedAt) return true
  if (before.key === 'missing' && view.key === 'present') return true
  if (!byCheck.has(reason.code)) return false
  const { state, checkedAt } = view.health
  return state === 'ok' && checkedAt !== null && Date.parse(checkedAt) >= at && before.health.checkedAt !== checkedAt
}

/** In a message of the editor `[x](command:y)` is a link that carries out a command: what a server or a file said is text. */
export function withoutLinks(sentence: string): string {
  return sentence.replaceAll('](', '] (')
}
