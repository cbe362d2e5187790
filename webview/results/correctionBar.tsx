import * as l10n from '@vscode/l10n'
import type { Criterion } from '../../protocol/criteria.ts'
import { assertNever } from '../../protocol/names.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { correctedResult } from '../../shared/correctedResult.ts'
import { plural } from '../parts/language.ts'
import { Notice } from '../parts/notice.tsx'
import { CategoryChip } from './categoryChip.tsx'
import type { Pending } from './correctionKeys.ts'
import type { Quick } from './useQuickCorrections.ts'

interface CorrectionBarProps {
  id: string
  quick: Quick
  /** The row that the keys work on; undefined: not read yet. */
  row: ResultRecord | undefined
  /** One item at a time: another key leaves it for later, and its detail is there. */
  isReview?: boolean
  onChoose(place: number): void
}

/** Which key says what of the active row. A click does the same; by Tab there is nothing to do here that the keys do not. */
export function CorrectionBar({ id, quick, row, isReview = false, onChoose }: CorrectionBarProps) {
  const { names, offered, pending, corrections, criteria } = quick
  const chosen = row ? (correctedResult(row).categories ?? []) : []
  return (
    <section class="key-bar" id={id} aria-label={l10n.t('Keys of the table')}>
      {corrections.problem !== null ? <Notice look="error">{corrections.problem}</Notice> : null}
      {pending ? (
        <p class="key-pending" role="status">
          {describePending(pending, criteria ?? [])}
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
          {criteria ? <Key name="C" text={l10n.t('criteria')} /> : <Key name="I" text={l10n.t('interest')} />}
          {criteria ? null : <Key name="Q" text={l10n.t('quality')} />}
          <Key name={l10n.t('Enter')} text={l10n.t('accept, next')} />
          {isReview ? (
            <Key name="↓" text={l10n.t('later')} />
          ) : (
            <Key name={l10n.t('Space bar')} text={l10n.t('detail')} />
          )}
          {isReview ? null : <Key name={l10n.t('Shift+Space')} text={l10n.t('select')} />}
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

/** What is to be typed next. */
function describePending(pending: NonNullable<Pending>, criteria: readonly Criterion[]): string {
  if (pending.part !== 'criterion') {
    const part = pending.part === 'interest' ? l10n.t('Interest: type 0 to 10.') : l10n.t('Quality: type 0 to 10.')
    return pending.typed === '1' ? `${part} ${l10n.t('1; type 0 to make it 10.')}` : part
  }
  const { number, typed } = pending
  const criterion = number === null ? undefined : criteria[number]
  if (!criterion) return l10n.t('Criterion: type its number. {0}', numbered(criteria.map(({ name }) => name)))
  const wanted = describeKeys(criterion)
  return typed === '' ? wanted : `${wanted} ${typed}…`
}

function describeKeys(criterion: Criterion): string {
  switch (criterion.type) {
    case 'scale':
      return l10n.t('{0}: type {1} to {2}.', criterion.name, criterion.scale.from, criterion.scale.to)
    case 'boolean':
      return l10n.t('{0}: type Y for yes, N for no.', criterion.name)
    case 'choice':
      return l10n.t('{0}: type a number. {1}', criterion.name, numbered(criterion.choices.map(({ name }) => name)))
    default:
      return assertNever(criterion)
  }
}

const numbered = (names: readonly string[]) => names.map((name, place) => `${place + 1} ${name}`).join(', ')

function Key({ name, text }: { name: string; text: string }) {
  return (
    <li>
      <kbd>{name}</kbd> {text}
    </li>
  )
}
