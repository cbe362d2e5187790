import * as l10n from '@vscode/l10n'
import { useState } from 'preact/hooks'
import { leastLabelMass } from '../../protocol/decisions.ts'
import type { RunHint, RunView, SourceNotes } from '../../protocol/runs.ts'
import { describeHint, describeLost, hintAction, hintLabel } from '../../shared/describe/run.ts'
import { describeReason, formatNumber, language, localizeOr, plural } from '../parts/language.ts'
import { Notice } from '../parts/notice.tsx'
import { Button } from '../toolkit.tsx'
import { useAnswer, useResults } from './resultsContext.ts'

/** What whoever looks at the results has to know of them. `version`: another one when what the run has lost may be another. */
export function RunNotices({ run, version }: { run: RunView; version: number }) {
  return (
    <div class="run-notices">
      {run.state === 'stopped' && run.reason ? <Notice look="warning">{describeReason(run.reason)}</Notice> : null}
      {run.hint ? <HintNotice run={run} hint={run.hint} /> : null}
      {run.notes ? <SourceNotice notes={run.notes} /> : null}
      {run.labelMass !== undefined && run.labelMass < leastLabelMass ? (
        <Notice look="warning">
          {l10n.t(
            'Only {0} of the probability was on the labels: the model does not understand what is asked. Ask it by text.',
            formatNumber(run.labelMass, { least: 2 }),
          )}
        </Notice>
      ) : null}
      <LostNotice run={run} version={version} />
    </div>
  )
}

/** That the verdicts as a whole are doubtful, and what helps. */
function HintNotice({ run, hint }: { run: RunView; hint: RunHint }) {
  const { host } = useResults()
  const action = hintAction(hint, run)
  const act = (
    <Button onClick={() => void host.command('actOnHint', { runId: run.runId, action })}>
      {hintLabel(language, action)}
    </Button>
  )
  return (
    <Notice look="warning" actions={act}>
      {describeHint(language, hint)}
    </Notice>
  )
}

/** What of the items is read otherwise than it looks, or not at all. */
function SourceNotice({ notes: { items, first } }: { notes: SourceNotes }) {
  const shown = first.slice(0, 5)
  return (
    <Notice look="warning">
      <details>
        <summary>{plural(items, 'There is a note on {0} item:', 'There are notes on {0} items:')}</summary>
        <ul>
          {shown.map(({ item, message, localizable }) => (
            <li key={item}>{l10n.t('{0}: {1}', item, localizeOr(localizable, message))}</li>
          ))}
          {items > shown.length ? <li>{plural(items - shown.length, 'and {0} more', 'and {0} more')}</li> : null}
        </ul>
      </details>
    </Notice>
  )
}

/** What the run has lost since its end, with what brings it back. */
function LostNotice({ run: { runId }, version }: { run: RunView; version: number }) {
  const { host } = useResults()
  const [why, setWhy] = useState<string | null>(null)
  const [attempts, setAttempts] = useState(0)
  const page = useAnswer('run/results', { runId, limit: 1 }, version + attempts)
  const lost = page.kind === 'there' ? page.value.lost : undefined
  const damage = lost ? describeLost(language, lost) : null
  const write = async () => {
    setWhy(await host.command('writeResultsFile', { runId }))
    setAttempts((count) => count + 1)
  }
  return (
    <>
      {damage ? (
        <Notice
          look="warning"
          actions={<Button onClick={() => void host.command('resumeRun', { runId })}>{l10n.t('Resume')}</Button>}
        >
          {damage}
        </Notice>
      ) : null}
      {lost?.file ? (
        <Notice look="warning" actions={<Button onClick={() => void write()}>{l10n.t('Write again')}</Button>}>
          {l10n.t('The results file no longer exists.')}
        </Notice>
      ) : null}
      {why ? <Notice look="error">{why}</Notice> : null}
    </>
  )
}
