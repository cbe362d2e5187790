import * as l10n from '@vscode/l10n'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { assertNever } from '../../../protocol/names.ts'
import { plural } from '../../parts/language.ts'
import { Button } from '../../toolkit.tsx'
import { type CriterionDraft, moved } from './criteriaDraft.ts'
import { type CriteriaForm, CriterionFields, fieldIdOf } from './criterionFields.tsx'

export interface CriteriaListProps {
  form: CriteriaForm
  criteria: readonly CriterionDraft[]
  /** The one whose fields are shown; null: none. */
  open: number | null
  onOpen(id: number | null): void
  onChange(criteria: CriterionDraft[]): void
  /** Where the focus goes once the last of them is removed. */
  addId: string
}

const rowId = ({ id }: CriteriaForm, row: number, part: 'edit' | 'up' | 'down') => `${id}-row-${row}-${part}`

/** The criteria in their order, one line each, and the fields of one of them. */
export function CriteriaList({ form, criteria, open, onOpen, onChange, addId }: CriteriaListProps) {
  // A row that is moved or removed takes the focus with it: what is there afterwards gets it back.
  const next = useRef<readonly string[]>([])
  useLayoutEffect(() => {
    const found = next.current.map((id) => document.getElementById(id)).find((each) => each && !isDisabled(each))
    next.current = []
    found?.focus()
  })
  const move = (index: number, by: -1 | 1) => {
    const id = criteria[index]?.id ?? 0
    const [up, down] = [rowId(form, id, 'up'), rowId(form, id, 'down')]
    next.current = by < 0 ? [up, down] : [down, up]
    onChange(moved(criteria, index, by))
  }
  const remove = (index: number) => {
    const neighbour = criteria[index + 1] ?? criteria[index - 1]
    next.current = [...(neighbour ? [rowId(form, neighbour.id, 'edit')] : []), addId]
    onChange(criteria.filter((_, place) => place !== index))
  }
  return (
    <ol class="rows criteria" aria-label={l10n.t('Criteria')}>
      {criteria.map((draft, index) => (
        <li class="row" key={draft.id}>
          <CriterionHead
            form={form}
            draft={draft}
            index={index}
            isLast={index === criteria.length - 1}
            isOpen={draft.id === open}
            onOpen={() => onOpen(draft.id === open ? null : draft.id)}
            onMove={(by) => move(index, by)}
            onRemove={() => remove(index)}
          />
          {draft.id === open ? (
            <CriterionFields
              form={form}
              path={`criteria[${index}]`}
              draft={draft}
              onChange={(part) =>
                onChange(criteria.map((each) => (each.id === draft.id ? { ...each, ...part } : each)))
              }
            />
          ) : null}
        </li>
      ))}
    </ol>
  )
}

interface CriterionHeadProps {
  form: CriteriaForm
  draft: CriterionDraft
  index: number
  isLast: boolean
  isOpen: boolean
  onOpen(): void
  onMove(by: -1 | 1): void
  onRemove(): void
}

/** What a criterion is in one line, and what can be done with it. */
function CriterionHead({ form, draft, index, isLast, isOpen, onOpen, onMove, onRemove }: CriterionHeadProps) {
  const path = `criteria[${index}]`
  const name = draft.name.trim() || l10n.t('Criterion {0}', index + 1)
  const wrong = form.problems.filter((problem) => problem.path.startsWith(`${path}.`) || problem.path === path)
  const id = (part: 'edit' | 'up' | 'down') => rowId(form, draft.id, part)
  return (
    <div class="row-head">
      <h3>{name}</h3>
      <span class="facts">{describeDraft(draft)}</span>
      {wrong.length > 0 && (form.isTried || !isOpen) ? (
        <span class="facts">{plural(wrong.length, '{0} problem', '{0} problems')}</span>
      ) : null}
      <span class="row-actions">
        <Button id={id('edit')} label={isOpen ? l10n.t('Close {0}', name) : l10n.t('Edit {0}', name)} onClick={onOpen}>
          {isOpen ? l10n.t('Close') : l10n.t('Edit')}
        </Button>
        <Button id={id('up')} label={l10n.t('Move {0} up', name)} disabled={index === 0} onClick={() => onMove(-1)}>
          {l10n.t('Up')}
        </Button>
        <Button id={id('down')} label={l10n.t('Move {0} down', name)} disabled={isLast} onClick={() => onMove(1)}>
          {l10n.t('Down')}
        </Button>
        <Button label={l10n.t('Remove {0}', name)} onClick={onRemove}>
          {l10n.t('Remove')}
        </Button>
      </span>
    </div>
  )
}

const isDisabled = (element: HTMLElement): boolean => 'disabled' in element && element.disabled === true

function describeDraft({ type, from, to, choices }: CriterionDraft): string {
  switch (type) {
    case 'scale':
      return l10n.t('{0} to {1}', from, to)
    case 'boolean':
      return l10n.t('yes or no')
    case 'choice':
      return choices
        .map(({ name }) => name.trim())
        .filter((name) => name !== '')
        .join(', ')
    default:
      return assertNever(type)
  }
}

/** The field of a criterion that a person wants to see first: the name of a new one. */
export const nameFieldOf = (form: CriteriaForm, index: number) => fieldIdOf(form, `criteria[${index}].name`)
