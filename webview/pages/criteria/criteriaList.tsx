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

/** The criteria in their order, one line each, and the fields of one of them. */
export function CriteriaList({ form, criteria, open, onOpen, onChange, addId }: CriteriaListProps) {
  const rowId = (id: number, part: 'edit' | 'up' | 'down') => `${form.id}-row-${id}-${part}`
  // A row that is moved or removed takes the focus with it: what is there afterwards gets it back.
  const next = useRef<readonly string[]>([])
  useLayoutEffect(() => {
    const found = next.current.map((id) => document.getElementById(id)).find((each) => each && !isDisabled(each))
    next.current = []
    found?.focus()
  })
  const move = (index: number, by: -1 | 1) => {
    const id = criteria[index]?.id ?? 0
    next.current = by < 0 ? [rowId(id, 'up'), rowId(id, 'down')] : [rowId(id, 'down'), rowId(id, 'up')]
    onChange(moved(criteria, index, by))
  }
  const remove = (index: number) => {
    const neighbour = criteria[index + 1] ?? criteria[index - 1]
    next.current = [...(neighbour ? [rowId(neighbour.id, 'edit')] : []), addId]
    onChange(criteria.filter((_, place) => place !== index))
  }
  return (
    <ol class="rows criteria" aria-label={l10n.t('Criteria')}>
      {criteria.map((draft, index) => {
        const path = `criteria[${index}]`
        const isOpen = draft.id === open
        const name = draft.name.trim() || l10n.t('Criterion {0}', index + 1)
        const wrong = form.problems.filter((problem) => problem.path.startsWith(`${path}.`) || problem.path === path)
        return (
          <li class="row" key={draft.id}>
            <div class="row-head">
              <h3>{name}</h3>
              <span class="facts">{describeDraft(draft)}</span>
              {wrong.length > 0 && (form.isTried || !isOpen) ? (
                <span class="facts">{plural(wrong.length, '{0} problem', '{0} problems')}</span>
              ) : null}
              <span class="row-actions">
                <Button
                  id={rowId(draft.id, 'edit')}
                  label={isOpen ? l10n.t('Close {0}', name) : l10n.t('Edit {0}', name)}
                  onClick={() => onOpen(isOpen ? null : draft.id)}
                >
                  {isOpen ? l10n.t('Close') : l10n.t('Edit')}
                </Button>
                <Button
                  id={rowId(draft.id, 'up')}
                  label={l10n.t('Move {0} up', name)}
                  disabled={index === 0}
                  onClick={() => move(index, -1)}
                >
                  {l10n.t('Up')}
                </Button>
                <Button
                  id={rowId(draft.id, 'down')}
                  label={l10n.t('Move {0} down', name)}
                  disabled={index === criteria.length - 1}
                  onClick={() => move(index, 1)}
                >
                  {l10n.t('Down')}
                </Button>
                <Button label={l10n.t('Remove {0}', name)} onClick={() => remove(index)}>
                  {l10n.t('Remove')}
                </Button>
              </span>
            </div>
            {isOpen ? (
              <CriterionFields
                form={form}
                path={path}
                draft={draft}
                onChange={(part) =>
                  onChange(criteria.map((each) => (each.id === draft.id ? { ...each, ...part } : each)))
                }
              />
            ) : null}
          </li>
        )
      })}
    </ol>
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
