import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { RegisteredModel } from '../../../protocol/models.ts'
import type { KindInfo } from '../../../protocol/providers.ts'
import type { Readiness, Route } from '../../../protocol/routing.ts'
import type { SaveState } from '../../form/draft.ts'
import { endWords, missingWords, modelFacts, typeWords, unreadableWords } from '../../parts/describeModel.ts'
import { EndNotice } from '../../parts/endNotice.tsx'
import { canDoTasks, endOf, type KnownModel } from '../../parts/knownModels.ts'
import { Notice, ReasonNotice } from '../../parts/notice.tsx'
import { UseForTasks } from '../../parts/useForTasks.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import { LearnedSection } from './learnedSection.tsx'
import { ModelForm } from './modelForm.tsx'
import { usesOf } from './modelUses.ts'
import { DeleteModel, ForgetModel } from './removeModel.tsx'

export interface ModelDetailProps {
  known: KnownModel
  kind: KindInfo
  routes: readonly Route[]
  resolved: Readiness | null
  /** All that are registered: one of them may be the default now. */
  registered: readonly RegisteredModel[]
  onLeave(): void
}

/** All about one model: what is known of it, what it is called with, what it does, and what goes when it goes. */
export function ModelDetail({ known, kind, routes, resolved, registered, onLeave }: ModelDetailProps) {
  const { now } = usePage()
  const id = useId()
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const { provider, model } = known
  const end = endOf(known)
  const missing = missingWords(known, now)
  const unreadable = unreadableWords(known)
  const facts = modelFacts(known)
  const uses = usesOf(known, routes, resolved)
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} ref={title} tabIndex={-1}>
        {l10n.t('{0} of {1}', model, provider)}
      </h2>
      {facts.length > 0 ? <p class="facts">{facts.join(' · ')}</p> : null}
      {uses ? <p class="facts">{l10n.t('In use: {0}', uses)}</p> : null}
      {canDoTasks(known, now) ? (
        <div class="actions">
          <UseForTasks provider={provider} model={model} routes={routes} />
        </div>
      ) : null}
      {unreadable ? <Notice look="error">{unreadable}</Notice> : null}
      {end ? (
        <EndNotice
          provider={provider}
          model={model}
          routes={routes}
          words={endWords(end, now)}
          replacement={end.replacement}
        />
      ) : null}
      {missing ? <Notice look="warning">{missing}</Notice> : null}
      {known.registered ? null : (
        <p>
          {l10n.t(
            'It works with the defaults of its provider. Save settings here to change them, and to store what is measured.',
          )}
        </p>
      )}
      {known.registered?.learned ? (
        <LearnedSection model={known.registered} learned={known.registered.learned} />
      ) : null}
      <ModelForm key={known.registered ? 'edit' : 'register'} known={known} kind={kind} onLeave={onLeave} />
      {known.registered ? <DefaultSection model={known.registered} registered={registered} /> : null}
      {known.registered || (kind.canPull && known.listed) ? (
        <section aria-label={l10n.t('Remove')}>
          <h3>{l10n.t('Remove')}</h3>
          <div class="actions">
            {known.registered ? <ForgetModel known={known} onGone={onLeave} /> : null}
            {kind.canPull && known.listed ? <DeleteModel known={known} onGone={onLeave} /> : null}
          </div>
        </section>
      ) : null}
    </section>
  )
}

interface DefaultSectionProps {
  model: RegisteredModel
  registered: readonly RegisteredModel[]
}

/** A type has one default: which it is now is said before another one takes its place. */
function DefaultSection({ model, registered }: DefaultSectionProps) {
  const { host, announce } = usePage()
  const [state, setState] = useState<SaveState>({ kind: 'idle' })
  const type = typeWords(model.type)
  const former = registered.find((row) => row.isDefault && row.type === model.type)
  const set = async (isDefault: boolean) => {
    setState({ kind: 'saving' })
    const saved = await host.request('model/setDefault', {
      provider: model.provider,
      model: model.model,
      isDefault,
    })
    if (!saved.ok) return setState({ kind: 'refused', reason: saved.reason })
    setState({ kind: 'idle' })
    announce(isDefault ? describeNewDefault(model, former) : l10n.t('{0} is no longer the default.', model.model))
  }
  return (
    <section aria-label={l10n.t('Default')}>
      <h3>{l10n.t('Default')}</h3>
      <p class="facts">{describeDefault(model, former, type)}</p>
      {state.kind === 'refused' ? <ReasonNotice reason={state.reason} /> : null}
      <div class="actions">
        {model.isDefault ? (
          <Button onClick={() => void set(false)} disabled={state.kind === 'saving'}>
            {l10n.t('Unset the default')}
          </Button>
        ) : (
          <Button onClick={() => void set(true)} disabled={state.kind === 'saving' || model.status === 'inactive'}>
            {l10n.t('Make it the default for {0}', type)}
          </Button>
        )}
      </div>
    </section>
  )
}

function describeDefault(model: RegisteredModel, former: RegisteredModel | undefined, type: string): string {
  if (model.isDefault)
    return l10n.t('It is the default for {0}, so it is offered first. Routes stay as they are.', type)
  if (!former)
    return l10n.t('There is no default for {0}. The default is offered first; routes stay as they are.', type)
  return l10n.t(
    'The default for {0} is currently {1} of {2}, which this one would replace. Routes stay as they are.',
    type,
    former.model,
    former.provider,
  )
}

function describeNewDefault({ model, type }: RegisteredModel, former: RegisteredModel | undefined): string {
  return former
    ? l10n.t('{0} is now the default for {1} instead of {2}.', model, typeWords(type), former.model)
    : l10n.t('{0} is now the default for {1}.', model, typeWords(type))
}
