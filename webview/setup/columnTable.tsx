import * as l10n from '@vscode/l10n'
import type { SourceDescription, SourceSettings } from '../../protocol/sources.ts'
import { FieldProblem } from '../form/field.tsx'

export interface ColumnTableProps {
  id: string
  description: SourceDescription
  /** What was said so far: it counts before the file was looked at again. */
  reading: SourceSettings
  /** What has to be said; null: nothing. */
  problem: string | null
  onRead(part: SourceSettings): void
}

/** Each column with a value that it has, and whether it is text, id, or nothing that is looked at. */
export function ColumnTable({ id, description, reading, problem, onRead }: ColumnTableProps) {
  const { fields } = description
  const text = reading.text ?? description.text
  const idField = reading.id ?? description.id
  if (fields.length === 0) return null
  const chosen = text ?? []
  const choose = (name: string, isText: boolean) => {
    // In the order of the file, whatever came first.
    const names = fields.map((field) => field.name).filter((each) => (each === name ? isText : chosen.includes(each)))
    onRead({ text: names.length > 0 ? names : undefined, ...(idField !== null && { id: idField }) })
  }
  const chooseId = (name: string) => onRead({ ...(text !== null && { text }), id: name })
  return (
    <>
      <fieldset class="setup-columns">
        <legend>{l10n.t('Columns')}</legend>
        <table>
          <thead>
            <tr>
              <th scope="col">{l10n.t('Text')}</th>
              <th scope="col">{l10n.t('Id')}</th>
              <th scope="col">{l10n.t('Column')}</th>
              <th scope="col">{l10n.t('Example')}</th>
            </tr>
          </thead>
          <tbody>
            {fields.map(({ name, example }) => (
              <tr key={name}>
                <td>
                  <input
                    type="checkbox"
                    aria-label={l10n.t('{0} is text', name)}
                    aria-describedby={`${id}-columns-problem`}
                    checked={chosen.includes(name)}
                    onChange={(event) => choose(name, event.currentTarget.checked)}
                  />
                </td>
                <td>
                  <input
                    type="radio"
                    name={`${id}-id`}
                    aria-label={l10n.t('{0} is the id', name)}
                    checked={idField === name}
                    onChange={() => chooseId(name)}
                  />
                </td>
                <th scope="row">{name}</th>
                <td class="setup-value">{example}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </fieldset>
      <FieldProblem id={`${id}-columns-problem`} problem={problem} />
    </>
  )
}
