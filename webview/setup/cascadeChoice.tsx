import * as l10n from '@vscode/l10n'
import type { SetupModel } from '../../protocol/setupPage.ts'
import { formatNumber } from '../parts/language.ts'
import { Dropdown } from '../toolkit.tsx'
import type { Editing } from './useDraft.ts'
import type { Models } from './useModels.ts'

const promises = [0.9, 0.95, 0.98, 0.99] as const
const usualPromise = 0.95

/** Whether the model is asked about a part only, how often the rest has to agree with it, and who decides that rest. */
export function CascadeChoice({ id, draft, change, models }: Editing & { id: string; models: Models }) {
  const { cascade } = draft
  const { proxy, promise = usualPromise } = cascade ?? {}
  const proxies = models.deciding.filter((each) => spell(each) !== (draft.model && spell(draft.model)))
  const byName = new Map(proxies.map((each) => [spell(each), each]))
  const chooseProxy = (name: string) => {
    const chosen = byName.get(name)
    change({ cascade: { promise, ...(chosen ? { proxy: chosen } : {}) } })
  }
  return (
    <section aria-label={l10n.t('Cascade')}>
      <label>
        <input
          type="checkbox"
          checked={cascade !== undefined}
          onChange={() => change({ cascade: cascade ? undefined : { promise: usualPromise } })}
        />{' '}
        {l10n.t('Ask about a part, and decide the rest without the model')}
      </label>
      {cascade ? (
        <>
          <div class="field">
            <Dropdown
              id={`${id}-promise`}
              label={l10n.t('Promised agreement with the model')}
              value={String(promise)}
              options={promises.map((share) => ({
                value: String(share),
                label: l10n.t('{0} %', formatNumber(share * 100)),
              }))}
              onInput={(value) => change({ cascade: { ...cascade, promise: Number(value) } })}
            />
          </div>
          <div class="field">
            <Dropdown
              id={`${id}-proxy`}
              label={l10n.t('Who decides the rest')}
              value={proxy ? spell(proxy) : ''}
              options={[
                { value: '', label: l10n.t('A classifier that learns from the first verdicts') },
                ...[...byName.keys()].map((name) => ({ value: name, label: name })),
              ]}
              onInput={chooseProxy}
            />
          </div>
          <p class="field-hint">
            {l10n.t(
              'Of what would be decided a twentieth is asked all the same, and what that does not bear goes to the model. It pays from about a thousand items on.',
            )}
          </p>
        </>
      ) : null}
    </section>
  )
}

const spell = ({ provider, model }: Pick<SetupModel, 'provider' | 'model'>) => `${provider}/${model ?? ''}`
