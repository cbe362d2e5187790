import * as l10n from '@vscode/l10n'
import { useRef, useState } from 'preact/hooks'
import type { ConnectionTest } from '../../../protocol/models.ts'
import type { Outcome } from '../../../protocol/outcome.ts'
import type { KindInfo, ProviderConfig, ProviderView } from '../../../protocol/providers.ts'
import type { Problem } from '../../../protocol/reasons.ts'
import { focusFirstProblem, isDraftFine } from '../../form/configForm.tsx'
import { configOf } from '../../form/draft.ts'
import { usePage } from '../../state/pageContext.ts'
import { chooseModels } from './chooseModels.ts'
import { type Connected, useModels } from './connectUse.ts'
import { useDraftKey } from './draftKey.tsx'
import { isKeyMissing, otherAddressOf } from './draftResult.tsx'
import { useDraftTest } from './draftTest.ts'
import { type ChosenKind, chosenOf } from './kindList.tsx'
import type { Choice } from './modelChoice.tsx'
import { nameProblem } from './nameField.tsx'
import { beginDraft, type FormStart, type ProviderDraft, useProviderDraft, useSave } from './providerDraft.ts'

interface NewProviderParts {
  kind: KindInfo
  start: FormStart
  ending: string | null
  taken: readonly string[]
  onSwitch(chosen: ChosenKind): void
  onSaved(saved: ProviderView): void
  onConnected(connected: Connected): void
}

/** All that the form knows and does. */
export function useNewProvider(
  { kind, start, ending, taken, onSwitch, onSaved, onConnected }: NewProviderParts,
  formId: string,
) {
  const { host, announce, now } = usePage()
  const { fields } = kind
  const initial = beginDraft(`add ${kind.kind} ${start.name}`, fields, start, null)
  const { draft, setDraft } = useProviderDraft(initial)
  const [isTried, setTried] = useState(false)
  const [moved, setMoved] = useState<string | null>(null)
  const [chosen, setChosen] = useState<Choice | null>(null)
  const key = useDraftKey(kind, ending)
  const test = useDraftTest(kind.kind, draft.name)
  const save = useSave(kind)
  const use = useModels()
  /** It is saved, although a step behind that was refused. */
  const saved = useRef<ProviderView | null>(null)
  const configNow = (of: ProviderDraft = draft) => configOf(fields, of.draft, of.before)
  const outcome = test.state.kind === 'done' ? test.state.outcome : null
  // A list of what could be there, such as models that may be deployed, does not say what is.
  const listed = outcome?.ok && !outcome.value.isListPartial ? outcome.value.models : []
  const preselected = chooseModels(listed, now)
  const choice: Choice = chosen ?? { model: preselected.tasks, text: preselected.text, use: 'both' }
  const isLocal = key.isLocal(configNow())
  const isKeyWanted = outcome !== null && !outcome.ok && isKeyMissing(outcome.reason)

  async function run(of: ProviderDraft = draft): Promise<void> {
    setMoved((before) => (before === of.draft.base_url ? before : null))
    const config = configNow(of)
    const found = await test.run(config)
    if (found === null) return
    setChosen(null)
    if (found.ok) return found.value.betterKind ? await switchTo(found.value.betterKind, config) : undefined
    const address = otherAddressOf(found.reason)
    if (address !== null && of.draft.base_url !== address) {
      const next = { ...of, draft: { ...of.draft, base_url: address } }
      setDraft(next)
      setMoved(address)
      return await run(next)
    }
    // The server has asked for it, so the box for it comes up by itself, once.
    if (isKeyMissing(found.reason) && key.mayAsk(config)) await pasteKey(of)
  }

  async function switchTo(other: string, config: ProviderConfig): Promise<void> {
    const text = typeof config.base_url === 'string' ? config.base_url : ''
    const found = await host.request('provider/recognise', { text, kind: other })
    if (found.ok && found.value.what === 'address') onSwitch(chosenOf(found.value))
  }

  async function pasteKey(of: ProviderDraft = draft): Promise<void> {
    if (await key.paste(configNow(of))) await run(of)
  }

  /** Null: it was refused, and the form says why. */
  async function store(): Promise<ProviderView | null> {
    setTried(true)
    if (nameProblem(draft.name, saved.current ? [] : taken) !== null) {
      document.getElementById(`${formId}-name`)?.focus()
      return null
    }
    if (!isDraftFine(fields, draft.draft)) {
      focusFirstProblem(formId, fields, draft.draft, [])
      return null
    }
    const view = await save.save({ ...draft, updatedAt: saved.current?.updatedAt ?? null })
    if (!view) return null
    saved.current = view
    await host.command('keepKey', { provider: view.provider })
    announce(l10n.t('{0} is saved.', view.provider))
    return view
  }

  return {
    ...{ draft, key, test, save, use, choice, isTried, moved },
    isKeyShown: kind.key.need !== 'none' && (!isLocal || isKeyWanted || key.ending !== null),
    problems: save.problems.length > 0 ? save.problems : problemsOf(outcome),
    choose: setChosen,
    forget: () => setDraft(undefined),
    change: (next: Partial<ProviderDraft>) => setDraft({ ...draft, ...next }),
    run: () => run(),
    pasteKey: () => pasteKey(),
    /** What is complete is tested; what lacks only its key is asked for it. */
    async begin() {
      if (!isDraftFine(fields, draft.draft)) return
      if (kind.key.need !== 'required' || 'key_env' in configNow() || key.ending !== null) return await run()
      if (key.mayAsk(configNow())) await pasteKey()
    },
    async testChanged() {
      const config = configNow()
      const isChanged = JSON.stringify(config) !== JSON.stringify(test.testedConfig)
      const isComplete = kind.key.need !== 'required' || key.ending !== null || 'key_env' in config
      if (isChanged && isComplete && isDraftFine(fields, draft.draft)) await run()
    },
    async add() {
      const view = await store()
      if (!view) return
      setDraft(undefined)
      onSaved(view)
    },
    async connect() {
      const view = await store()
      if (!view || !(await use.begin(view.provider, choice))) return
      setDraft(undefined)
      announce(l10n.t('{0} is connected', view.provider))
      onConnected({ view, choice })
    },
  }
}

const noProblems: readonly Problem[] = []

/** A test of values that are not valid says so of their fields, as saving them does. */
export function problemsOf(outcome: Outcome<ConnectionTest> | null): readonly Problem[] {
  if (outcome === null || outcome.ok || outcome.reason.code !== 'config_invalid') return noProblems
  return 'problems' in outcome.reason ? outcome.reason.problems : noProblems
}
