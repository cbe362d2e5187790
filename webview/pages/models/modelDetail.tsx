import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef } from 'preact/hooks'
import type { RegisteredModel } from '../../../protocol/models.ts'
import type { KindInfo } from '../../../protocol/providers.ts'
import type { Route } from '../../../protocol/routing.ts'
import { endOf, type KnownModel } from '../../parts/knownModels.ts'
import { endWords, missingWords, modelFacts, unreadableWords } from '../../parts/modelWords.ts'
import { Notice } from '../../parts/notice.tsx'
import { EndNotice } from '../../parts/useReplacement.tsx'
import { usePage } from '../../state/pageContext.ts'
import { DefaultSection } from './defaultSection.tsx'
import { ModelForm } from './modelForm.tsx'
import { usesOf } from './modelList.tsx'
import { DeleteModel, ForgetModel } from './removeModel.tsx'

export interface ModelDetailProps {
  known: KnownModel
  kind: KindInfo
  routes: readonly Route[]
  /** All that are registered: one of them may be the default now. */
  registered: readonly RegisteredModel[]
  onLeave(): void
}

/** All about one model: what is known of it, what it is called with, what it does, and what goes when it goes. */
export function ModelDetail({ known, kind, routes, registered, onLeave }: ModelDetailProps) {
  const { now } = usePage()
  const id = useId()
  const title = useRef<HTMLHeadingElement>(null)
  useEffect(() => title.current?.focus(), [])
  const { provider, model } = known
  const end = endOf(known)
  const missing = missingWords(known, now)
  const unreadable = unreadableWords(known)
  const facts = modelFacts(known)
  const uses = usesOf(known, routes)
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} ref={title} tabIndex={-1}>
        {l10n.t('{0} of {1}', model, provider)}
      </h2>
      {facts.length > 0 ? <p class="facts">{facts.join(' · ')}</p> : null}
      {uses ? <p class="facts">{l10n.t('Used for: {0}', uses)}</p> : null}
      {unreadable ? <Notice look="error">{unreadable}</Notice> : null}
      {end ? (
        <EndNotice {...{ provider, model, routes }} words={endWords(end, now)} replacement={end.replacement} />
      ) : null}
      {missing ? <Notice look="warning">{missing}</Notice> : null}
      {known.registered ? null : (
        <p>
          {l10n.t(
            'It is listed and not registered. Registered, it has parameters of its own, and what is measured of it is kept.',
          )}
        </p>
      )}
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
