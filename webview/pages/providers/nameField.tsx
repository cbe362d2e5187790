import * as l10n from '@vscode/l10n'
import { ProviderId } from '../../../protocol/names.ts'
import { FieldProblem } from '../../form/field.tsx'
import { TextField } from '../../toolkit.tsx'

interface NameFieldProps {
  id: string
  name: string
  taken: readonly string[]
  isTried: boolean
  onChange(name: string): void
}

/** What is wrong with the name of a new provider, in words; null: nothing. */
export function nameProblem(name: string, taken: readonly string[]): string | null {
  if (name === '') return l10n.t('A name is needed.')
  if (taken.includes(name)) return l10n.t('There is a provider "{0}" already.', name)
  return ProviderId.safeParse(name).success ? null : l10n.t('Lower-case letters, digits, ".", "_" and "-" only.')
}

export function NameField({ id, name, taken, isTried, onChange }: NameFieldProps) {
  const problem = name === '' && !isTried ? null : nameProblem(name, taken)
  return (
    <div class="field">
      <TextField
        id={id}
        label={l10n.t('Name (needed)')}
        value={name}
        onInput={onChange}
        isRequired={true}
        mostCharacters={63}
        describedBy={[`${id}-problem`, `${id}-hint`]}
        isInvalid={problem !== null}
      />
      <p class="field-hint" id={`${id}-hint`}>
        {l10n.t('A short name that routes and receipts use. It cannot be changed later.')}
      </p>
      <FieldProblem id={`${id}-problem`} problem={problem} />
    </div>
  )
}
