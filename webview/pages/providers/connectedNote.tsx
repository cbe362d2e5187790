import * as l10n from '@vscode/l10n'
import { useEffect, useId, useRef } from 'preact/hooks'
import { tasks } from '../../../protocol/names.ts'
import { Icon } from '../../parts/icon.tsx'
import { describeReason, taskTitle } from '../../parts/language.ts'
import { ReasonNotice } from '../../parts/notice.tsx'
import { useReading } from '../../state/pageContext.ts'
import { Button } from '../../toolkit.tsx'
import type { Use } from './modelChoice.tsx'

interface ConnectedNoteProps {
  provider: string
  model: string | null
  use: Use
  onLeave(): void
}

/** How it stands once a provider is connected, and what to do next: it stays until the person goes on. */
export function ConnectedNote({ provider, model, use, onLeave }: ConnectedNoteProps) {
  const readiness = useReading('readiness/read', {})
  const title = useRef<HTMLHeadingElement>(null)
  const id = useId()
  useEffect(() => title.current?.focus(), [])
  const used = tasks.filter((task) => use === 'both' || use === task)
  const all = readiness.kind === 'there' ? readiness.value : null
  return (
    <section aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} ref={title} tabIndex={-1}>
        {l10n.t('{0} is connected', provider)}
      </h2>
      <ul class="rows">
        {used.map((task) => {
          const state = all?.[task]
          return (
            <li key={task} class="row">
              <Icon name={state?.ready ? 'pass' : 'unknown'} />{' '}
              {state?.ready
                ? l10n.t('{0}: ready through {1}, {2}', taskTitle(task), provider, model ?? '')
                : `${taskTitle(task)}: ${state?.reason ? describeReason(state.reason) : l10n.t('Reading …')}`}
            </li>
          )
        })}
      </ul>
      {readiness.kind === 'failed' ? <ReasonNotice reason={readiness.reason} /> : null}
      <p>
        {l10n.t(
          'Next: open a file with your items, such as a table, JSONL or a log, and run "Categorize and score" from its editor title, its menu or the command palette.',
        )}
      </p>
      <div class="actions">
        <Button look="primary" onClick={onLeave}>
          {l10n.t('Done')}
        </Button>
      </div>
    </section>
  )
}
