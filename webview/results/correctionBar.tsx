import * as l10n from '@vscode/l10n'
import type { ResultRecord } from '../../protocol/results.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import { plural } from '../parts/language.ts'
import { Notice } from '../parts/notice.tsx'
import { CategoryChip } from './categoryChip.tsx'
import type { Quick } from './useQuickCorrections.ts'

interface CorrectionBarProps {
  id: string
  quick: Quick
  /** The row that the keys work on; undefined: not read yet. */
  row: ResultRecord | undefined
  onChoose(place: number): void
}

/** Which key says what of the active row. A click does the same; by Tab there is nothing to do here that the keys do not. */
export function CorrectionBar({ id, quick, row, onChoose }: CorrectionBarProps) {
  const { names, offered, pending, corrections, hasPoints } = quick
  const chosen = row ? (correctedResult(row).categories ?? []) : []
  return (
    <section class="key-bar" id={id} aria-label={l10n.t('Keys of the table')}>
      {corrections.problem !== null ? <Notice look="error">{corrections.problem}</Notice> : null}
      {pending ? (
        <p class="key-pending" role="status">
          {pending.part === 'interest' ? l10n.t('Interest: type 0 to 10.') : l10n.t('Quality: type 0 to 10.')}{' '}
          {pending.typed === '1' ? l10n.t('1; type 0 to make it 10.') : ''}
        </p>
      ) : (
        <ul class="keys">
          {names.map((name, place) => (
            <li key={name}>
              <button
                type="button"
                class="key-choice"
                tabIndex={-1}
                aria-pressed={chosen.includes(name)}
                onClick={() => onChoose(place)}
              >
                <kbd>{place + 1}</kbd> <CategoryChip name={name} />
              </button>
            </li>
          ))}
          {names.length > 0 ? <Key name="0" text={l10n.t('no category')} /> : null}
          {offered > names.length ? (
            <Key name="F2" text={plural(offered, 'all {0} category', 'all {0} categories')} />
          ) : (
            <Key name="F2" text={l10n.t('form')} />
          )}
          {hasPoints ? <Key name="I" text={l10n.t('interest')} /> : null}
          {hasPoints ? <Key name="Q" text={l10n.t('quality')} /> : null}
          <Key name={l10n.t('Enter')} text={l10n.t('accept, next')} />
          <Key name={l10n.t('Space bar')} text={l10n.t('detail')} />
          <Key name={l10n.t('Shift+Space')} text={l10n.t('select')} />
          {corrections.canUndo ? (
            <li>
              <button type="button" class="key-choice" tabIndex={-1} onClick={() => quick.undo()}>
                <kbd>U</kbd> {l10n.t('undo')}
              </button>
            </li>
          ) : (
            <Key name="U" text={l10n.t('undo')} />
          )}
        </ul>
      )}
    </section>
  )
}

function Key({ name, text }: { name: string; text: string }) {
  return (
    <li>
      <kbd>{name}</kbd> {text}
    </li>
  )
}
