import { useContext, useEffect, useReducer } from 'preact/hooks'
import * as z from 'zod'
import type { PullProgress } from '../../protocol/models.ts'
import { ModelId, ProviderId } from '../../protocol/names.ts'
import type { PageEvent } from '../../protocol/page.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { Host } from '../host/host.ts'
import type { Kept } from './kept.ts'
import { HostContext } from './pageContext.ts'

/** How far a pull is. `stopped`: by the person or because the page went away; what has arrived is kept, and it can go on. */
export type PullState =
  | { kind: 'running'; progress: PullProgress | null }
  | { kind: 'stopped' }
  | { kind: 'failed'; reason: Reason }
  | { kind: 'done' }

export interface Pull {
  provider: string
  model: string
  state: PullState
}

const name = 'models.pulls'
const KeptPulls = z.array(z.object({ provider: ProviderId, model: ModelId })).max(100)

export type Pulls = ReturnType<typeof createPulls>

/** Models on their way to their providers' machines. They go on while another page of the panel is shown. */
export function createPulls({ host, kept }: { host: Host; kept: Kept }) {
  const endings = new Map<string, AbortController>()
  const listeners = new Set<() => void>()
  let pulls: readonly Pull[] = (kept.read(name, KeptPulls) ?? []).map((pull) => ({
    ...pull,
    state: { kind: 'stopped' },
  }))

  function put(pull: Pull) {
    const isThere = pulls.some((each) => isSame(each, pull))
    show(isThere ? pulls.map((each) => (isSame(each, pull) ? pull : each)) : [...pulls, pull])
  }

  function show(next: readonly Pull[]) {
    pulls = next
    for (const listener of listeners) listener()
  }

  /** What is done need not be remembered; what is not can go on after the page was reloaded. */
  function remember() {
    const open = pulls.filter(({ state }) => state.kind !== 'done')
    kept.write(name, open.length === 0 ? undefined : open.map(({ provider, model }) => ({ provider, model })))
  }

  return {
    all: () => pulls,
    watch(listener: () => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** Also goes on with one that was stopped. Answers when it has ended, whatever became of it. */
    async begin(wanted: { provider: string; model: string }): Promise<PullState> {
      const { provider, model } = wanted
      const ending = new AbortController()
      endings.set(keyOf(wanted), ending)
      put({ provider, model, state: { kind: 'running', progress: null } })
      remember()
      const pulled = await host.request('model/pull', { provider, model }, ending.signal)
      const state: PullState = pulled.ok
        ? { kind: 'done' }
        : pulled.reason.code === 'cancelled'
          ? { kind: 'stopped' }
          : { kind: 'failed', reason: pulled.reason }
      if (endings.get(keyOf(wanted)) !== ending) return state
      endings.delete(keyOf(wanted))
      put({ provider, model, state })
      remember()
      return state
    },
    cancel(wanted: { provider: string; model: string }) {
      endings.get(keyOf(wanted))?.abort()
    },
    forget(wanted: { provider: string; model: string }) {
      show(pulls.filter((each) => !isSame(each, wanted)))
      remember()
    },
    heard(event: PageEvent) {
      if (event.name !== 'model/pullProgress') return
      const known = pulls.find((each) => isSame(each, event.params))
      // Pulls that a command of the editor has begun are told there.
      if (known?.state.kind === 'running') put({ ...known, state: { kind: 'running', progress: event.params } })
    },
  }
}

type Named = { provider: string; model: string }
const keyOf = ({ provider, model }: Named) => `${provider} ${model}`
const isSame = (one: Named, other: Named) => keyOf(one) === keyOf(other)

export function usePulls(): { pulls: Pulls; all: readonly Pull[] } {
  const { pulls } = useContext(HostContext)
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => pulls.watch(() => redraw(null)), [pulls])
  return { pulls, all: pulls.all() }
}
