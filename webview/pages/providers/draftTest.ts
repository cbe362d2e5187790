import * as l10n from '@vscode/l10n'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ConnectionTest } from '../../../protocol/models.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { ProviderConfig } from '../../../protocol/providers.ts'
import { fail } from '../../../shared/fail.ts'
import { describeReason, formatDuration } from '../../parts/language.ts'
import { usePage } from '../../state/pageContext.ts'

export type DraftTestState = { kind: 'none' } | { kind: 'running' } | { kind: 'done'; outcome: Outcome<ConnectionTest> }

export interface DraftTest {
  state: DraftTestState
  /** The settings that were asked about last, to tell whether they have changed since; null: none were. */
  testedConfig: ProviderConfig | null
  /** Null: it was overtaken by another one, or cancelled. */
  run(config: ProviderConfig): Promise<Outcome<ConnectionTest> | null>
  cancel(): void
}

/** The test of a provider that is not saved: with the key that the editor holds for it, if any. `name`: what it will be called. */
export function useDraftTest(kind: string, name: string): DraftTest {
  const { host, announce } = usePage()
  const [state, setState] = useState<DraftTestState>({ kind: 'none' })
  /** Of several tests only the last one counts. */
  const running = useRef<object | null>(null)
  const tested = useRef<ProviderConfig | null>(null)
  const cancel = () => {
    running.current = null
  }
  useEffect(() => cancel, [])
  return {
    state,
    testedConfig: tested.current,
    async run(config) {
      const own = {}
      running.current = own
      tested.current = config
      setState({ kind: 'running' })
      const answered = await host.command('testDraft', { kind, config })
      if (running.current !== own) return null
      if (answered === null) {
        setState({ kind: 'none' })
        return null
      }
      const outcome = named(answered, name)
      setState({ kind: 'done', outcome })
      announce(
        outcome.ok
          ? l10n.t('The connection works: answered in {0}.', formatDuration(outcome.value.latencyMs))
          : describeReason(outcome.reason),
      )
      return outcome
    },
    cancel() {
      cancel()
      setState({ kind: 'none' })
    },
  }
}

/** The server has no name for unsaved values; the person has given them one. */
function named(outcome: Outcome<ConnectionTest>, name: string): Outcome<ConnectionTest> {
  return outcome.ok || !('provider' in outcome.reason) ? outcome : fail({ ...outcome.reason, provider: name })
}
