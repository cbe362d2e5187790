import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { RegisteredModel } from '../../../protocol/models.ts'
import type { Reason } from '../../../protocol/reasons.ts'
import { typeWords } from '../../parts/modelWords.ts'
import { ReasonNotice } from '../../parts/reasonNotice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'

export interface DefaultSectionProps {
  model: RegisteredModel
  registered: readonly RegisteredModel[]
}

/** A type has one default: which it is now is told before another one takes its place. */
export function DefaultSection({ model, registered }: DefaultSectionProps) {
  const { host, announce } = usePage()
  const [reason, setReason] = useState<Reason | null>(null)
  const [isSaving, setSaving] = useState(false)
  const type = typeWords(model.type)
  const former = registered.find((row) => row.isDefault && row.type === model.type)
  const set = async (isDefault: boolean) => {
    setReason(null)
    setSaving(true)
    const saved = await host.request('model/setDefault', {
      provider: model.provider,
      model: model.model,
      isDefault,
    })
    setSaving(false)
    if (!saved.ok) return setReason(saved.reason)
    announce(isDefault ? tellNew(model, former) : l10n.t('{0} is the default no more.', model.model))
  }
  return (
    <section aria-label={l10n.t('Default')}>
      <h3>{l10n.t('Default')}</h3>
      <p class="facts">{tellNow(model, former, type)}</p>
      {reason ? <ReasonNotice reason={reason} /> : null}
      <div class="actions">
        {model.isDefault ? (
          <Button onClick={() => void set(false)} disabled={isSaving}>
            {l10n.t('Have no default')}
          </Button>
        ) : (
          <Button onClick={() => void set(true)} disabled={isSaving || model.status === 'inactive'}>
            {l10n.t('Make it the default for {0}', type)}
          </Button>
        )}
      </div>
    </section>
  )
}

function tellNow(model: RegisteredModel, former: RegisteredModel | undefined, type: string): string {
  if (model.isDefault) return l10n.t('It is the default for {0}: it is offered first. Routes stay as they are.', type)
  if (!former) return l10n.t('There is no default for {0}. It would be offered first; routes stay as they are.', type)
  return l10n.t(
    'The default for {0} is {1} of {2} now, and would be it no more. Routes stay as they are.',
    type,
    former.model,
    former.provider,
  )
}

function tellNew({ model, type }: RegisteredModel, former: RegisteredModel | undefined): string {
  return former
    ? l10n.t('{0} is the default for {1} now, and {2} is it no more.', model, typeWords(type), former.model)
    : l10n.t('{0} is the default for {1} now.', model, typeWords(type))
}
