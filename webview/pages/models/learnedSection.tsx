import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import type { LearnedFacts } from '../../../protocol/learned.ts'
import type { RegisteredModel } from '../../../protocol/models.ts'
import { describeLearned } from '../../../shared/describe/learned.ts'
import type { SaveState } from '../../form/draft.ts'
import { formatInstant, formatNumber, language, plural } from '../../parts/language.ts'
import { Notice, ReasonNotice } from '../../parts/notice.tsx'
import { usePage } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'

/** Of a model that was learned here: from what, how good it is, and learning it anew. */
export function LearnedSection({ model, learned }: { model: RegisteredModel; learned: LearnedFacts }) {
  const { host, announce } = usePage()
  const [state, setState] = useState<SaveState>({ kind: 'idle' })
  const { at, learnedFrom, newLabels = 0 } = learned
  const learnAnew = async () => {
    setState({ kind: 'saving' })
    const answer = await host.request('model/learn', { provider: model.provider, model: model.model })
    if (!answer.ok) return setState({ kind: 'refused', reason: answer.reason })
    setState({ kind: 'idle' })
    announce(l10n.t('{0} is learned anew.', model.model))
  }
  return (
    <section aria-label={l10n.t('Learned')}>
      <h3>{l10n.t('Learned')}</h3>
      <p class="facts">
        {l10n.t(
          'On {0}, from {1} verdicts and {2} labels.',
          formatInstant(at),
          formatNumber(learnedFrom.verdicts),
          formatNumber(learnedFrom.labels),
        )}
      </p>
      <p class="facts">{describeLearned(language, learned)}</p>
      {newLabels > 0 ? (
        <Notice look="info">{plural(newLabels, '{0} label is new since.', '{0} labels are new since.')}</Notice>
      ) : null}
      {state.kind === 'refused' ? <ReasonNotice reason={state.reason} /> : null}
      <div class="actions">
        <Button onClick={() => void learnAnew()} disabled={state.kind === 'saving'}>
          {state.kind === 'saving' ? l10n.t('Learning …') : l10n.t('Learn it anew')}
        </Button>
      </div>
    </section>
  )
}
