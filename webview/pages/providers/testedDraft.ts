import { useState } from 'preact/hooks'
import type { ConnectionTest } from '../../../protocol/models.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { KindInfo, ProviderConfig } from '../../../protocol/providers.ts'
import type { Problem } from '../../../protocol/reasons.ts'
import { isDraftFine } from '../../form/configForm.tsx'
import { configOf } from '../../form/draft.ts'
import type { Host } from '../../host/host.ts'
import { usePage } from '../../state/pageContext.ts'
import { type DraftKey, useDraftKey } from './draftKey.tsx'
import { isKeyMissing, otherAddressOf } from './draftResult.tsx'
import { useDraftTest } from './draftTest.ts'
import { type ChosenKind, chosenOf } from './kindList.tsx'
import { beginDraft, type FormStart, type ProviderDraft, useProviderDraft } from './providerDraft.ts'

export interface DraftParts {
  kind: KindInfo
  start: FormStart
  /** Of a key that the editor holds for it; null: none. */
  ending: string | null
  /** A test has found out that it is of another kind. */
  onSwitch(chosen: ChosenKind): void
}

/** What is filled in of a provider that is not saved, and its test, which begins by itself whenever there is something to test. */
export function useTestedDraft({ kind, start, ending, onSwitch }: DraftParts) {
  const { host } = usePage()
  const { fields } = kind
  const { draft, setDraft } = useProviderDraft(beginDraft(`add ${kind.kind} ${start.name}`, fields, start, null))
  /** The base URL at which the API was found, in place of the one that was given. */
  const [moved, setMoved] = useState<string | null>(null)
  const key = useDraftKey(kind, ending)
  const test = useDraftTest(kind.kind, draft.name)
  const configIn = (of: ProviderDraft) => configOf(fields, of.draft, of.before)
  const config = configIn(draft)
  const outcome = test.state.kind === 'done' ? test.state.outcome : null
  const hasKey = kind.key.need !== 'required' || key.ending !== null || 'key_env' in config
  const isFine = isDraftFine(fields, draft.draft)

  async function run(of: ProviderDraft): Promise<void> {
    setMoved((before) => (before === of.draft.base_url ? before : null))
    const tested = configIn(of)
    const found = await test.run(tested)
    if (found?.ok) return await switchKind(host, tested, found.value, onSwitch)
    const address = found && otherAddressOf(found.reason)
    if (address && of.draft.base_url !== address) {
      const next = { ...of, draft: { ...of.draft, base_url: address } }
      setDraft(next)
      setMoved(address)
      return await run(next)
    }
    // The server has asked for it, so the box for it comes up by itself, once.
    if (found && isKeyMissing(found.reason) && key.mayAsk(tested)) await pasteKey(of)
  }

  async function pasteKey(of: ProviderDraft): Promise<void> {
    if (await key.paste(configIn(of))) await run(of)
  }

  return {
    ...{ draft, moved, key, test, outcome, isFine },
    isKeyShown: isKeyShown(kind, key, config, outcome),
    change: (next: Partial<ProviderDraft>) => setDraft({ ...draft, ...next }),
    forget: () => setDraft(undefined),
    run: () => run(draft),
    pasteKey: () => pasteKey(draft),
    /** What is complete is tested; what lacks only its key is asked for it. */
    async begin() {
      if (isFine && hasKey) await run(draft)
      else if (isFine && key.mayAsk(config)) await pasteKey(draft)
    },
    async testChanged() {
      const isChanged = JSON.stringify(config) !== JSON.stringify(test.testedConfig)
      if (isChanged && isFine && hasKey) await run(draft)
    },
  }
}

/** A server that is better spoken to in another way is connected in that one. */
async function switchKind(
  host: Host,
  { base_url }: ProviderConfig,
  { betterKind }: ConnectionTest,
  onSwitch: (chosen: ChosenKind) => void,
): Promise<void> {
  if (betterKind === undefined || typeof base_url !== 'string') return
  const found = await host.request('provider/recognise', { text: base_url, kind: betterKind })
  if (found.ok && found.value.what === 'address') onSwitch(chosenOf(found.value))
}

/** A server of this machine is asked no key that it does not want. */
function isKeyShown(kind: KindInfo, key: DraftKey, config: ProviderConfig, outcome: Tested | null): boolean {
  if (kind.key.need !== 'optional') return kind.key.need === 'required'
  const isWanted = outcome !== null && !outcome.ok && isKeyMissing(outcome.reason)
  return isWanted || key.ending !== null || !key.isLocal(config)
}

type Tested = Outcome<ConnectionTest>

const noProblems: readonly Problem[] = []

/** A test of values that are not valid says so of their fields, as saving them does. */
export function problemsOf(outcome: Tested | null): readonly Problem[] {
  if (outcome === null || outcome.ok || outcome.reason.code !== 'config_invalid') return noProblems
  return 'problems' in outcome.reason ? outcome.reason.problems : noProblems
}
