import * as l10n from '@vscode/l10n'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ProviderView } from '../../../protocol/providers.ts'
import { focusFirstProblem } from '../../form/configForm.tsx'
import { usePage } from '../../state/pageContext.ts'
import { chooseModels } from './chooseModels.ts'
import { type Connected, useModels } from './connectUse.ts'
import type { Choice } from './modelChoice.tsx'
import { nameProblem } from './nameField.tsx'
import { useSave } from './providerDraft.ts'
import { type DraftParts, problemsOf, useTestedDraft } from './testedDraft.ts'

interface NewProviderParts extends DraftParts {
  taken: readonly string[]
  onSaved(saved: ProviderView): void
  onConnected(connected: Connected): void
}

/** All that the form knows and does. */
export function useNewProvider({ taken, onSaved, onConnected, ...parts }: NewProviderParts, formId: string) {
  const { host, announce } = usePage()
  const { kind } = parts
  const tested = useTestedDraft(parts)
  const [isTried, setTried] = useState(false)
  const { choice, choose } = useChoice(tested.outcome)
  const save = useSave(kind)
  const use = useModels()
  /** It is saved, although a step behind that was refused. */
  const saved = useRef<ProviderView | null>(null)
  const { draft } = tested

  /** Null: it was refused, and the form says why. */
  async function store(): Promise<ProviderView | null> {
    setTried(true)
    if (nameProblem(draft.name, saved.current ? [] : taken) !== null) {
      document.getElementById(`${formId}-name`)?.focus()
      return null
    }
    if (!tested.isFine) {
      focusFirstProblem(formId, kind.fields, draft.draft, [])
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
    ...{ ...tested, save, use, choice, choose, isTried },
    problems: save.problems.length > 0 ? save.problems : problemsOf(tested.outcome),
    async add() {
      const view = await store()
      if (!view) return
      tested.forget()
      onSaved(view)
    },
    async connect() {
      const view = await store()
      if (!view || !(await use.begin(view.provider, choice))) return
      tested.forget()
      announce(l10n.t('{0} is connected', view.provider))
      onConnected({ view, choice })
    },
  }
}

/** What is preselected of what a test has found, until a person chooses. */
function useChoice(outcome: ReturnType<typeof useTestedDraft>['outcome']) {
  const { now } = usePage()
  const [chosen, setChosen] = useState<Choice | null>(null)
  useEffect(() => setChosen(null), [outcome])
  // A list of what could be there, such as models that may be deployed, does not say what is.
  const listed = outcome?.ok && !outcome.value.isListPartial ? outcome.value.models : []
  const { tasks, text } = chooseModels(listed, now)
  const choice: Choice = chosen ?? { model: tasks, text, use: 'both' }
  return { choice, choose: setChosen }
}
