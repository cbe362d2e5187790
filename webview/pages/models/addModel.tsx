import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import * as z from 'zod'
import type { ProviderView } from '../../../protocol/providers.ts'
import { SuggestField } from '../../form/suggestField.tsx'
import type { PageStorage } from '../../host/pageStorage.ts'
import type { KnownModel } from '../../parts/knownModels.ts'
import { usePersistedState } from '../../state/persistedState.ts'
import { Button, Dropdown } from '../../toolkit.tsx'

const Choice = z.object({ provider: z.string().max(63), model: z.string().max(256) })
type Choice = z.infer<typeof Choice>
const draftName = 'models.add'

/** The form begins with a model of this provider; what was typed for it before stays. */
export function beginModelChoice(storage: PageStorage, provider: string): void {
  if (storage.read(draftName, Choice)?.provider !== provider) storage.write(draftName, { provider, model: '' })
}

export interface AddModelProps {
  providers: readonly ProviderView[]
  known: readonly KnownModel[]
  /** One that is named: it is opened, where it is registered. */
  onChosen(named: { provider: string; model: string }): void
  onLeave(): void
}

/** Which model it is: provider first, then one of its list, or a name that no list shows, such as that of a deployment. */
export function AddModel({ providers, known, onChosen, onLeave }: AddModelProps) {
  const id = useId()
  const [choice, setChoice] = usePersistedState<Choice>(draftName, Choice, {
    provider: providers[0]?.provider ?? '',
    model: '',
  })
  const [isTried, setTried] = useState(false)
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const view = providers.find(({ provider }) => provider === choice.provider) ?? providers[0]
  const own = known.filter(({ provider }) => provider === view?.provider)
  const model = choice.model.trim()
  const isListed = own.some(({ listed, model: name }) => listed !== null && name === model)
  const submit = () => {
    setTried(true)
    if (!view || model === '') return document.getElementById(`${id}-model`)?.focus()
    setChoice(undefined)
    onChosen({ provider: view.provider, model })
  }
  const leave = () => {
    setChoice(undefined)
    onLeave()
  }
  if (!view) return null
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} ref={title} tabIndex={-1}>
        {l10n.t('Add a model')}
      </h2>
      <div class="field">
        <Dropdown
          id={`${id}-provider`}
          label={l10n.t('Provider')}
          value={view.provider}
          options={providers.map(({ provider, kindLabel }) => ({
            value: provider,
            label: l10n.t('{0} ({1})', provider, kindLabel),
          }))}
          onInput={(provider) => setChoice({ ...choice, provider })}
        />
      </div>
      <SuggestField
        id={`${id}-model`}
        label={l10n.t('Model (needed)')}
        value={choice.model}
        suggestions={own.map(({ model: name }) => name)}
        onInput={(typed) => setChoice({ provider: view.provider, model: typed })}
        hint={describeList(view, model !== '' && !isListed)}
        problem={isTried && model === '' ? l10n.t('Enter a name.') : null}
        isRequired
      />
      <div class="actions">
        <Button look="primary" onClick={submit}>
          {l10n.t('Continue')}
        </Button>
        <Button onClick={leave}>{l10n.t('Cancel')}</Button>
      </div>
    </section>
  )
}

function describeList({ provider, models }: ProviderView, isUnlisted: boolean): string {
  if (models.state === 'never')
    return l10n.t('{0} has not listed its models yet. Type the name as the provider spells it.', provider)
  if (isUnlisted && !models.isPartial) return l10n.t('It is not in the list of {0}. You can add it anyway.', provider)
  return models.isPartial
    ? l10n.t('The list of {0} is not complete, so you can also type a name.', provider)
    : l10n.t('One of the {0} listed models, or another name as the provider spells it.', models.models.length)
}
