import * as l10n from '@vscode/l10n'
import { useId } from 'preact/hooks'
import { Dropdown, TextField, type TextFieldProps } from '../toolkit.tsx'

export interface ProviderFilterProps {
  id: string
  /** Those that are there. */
  names: readonly string[]
  /** Empty: all of them. */
  value: string
  onInput(provider: string): void
}

/** Of which provider a list is to show something. One that is gone is still a filter until another one is chosen. */
export function ProviderFilter({ id, names, value, onInput }: ProviderFilterProps) {
  const offered = value === '' || names.includes(value) ? names : [...names, value]
  return (
    <Dropdown
      id={id}
      label={l10n.t('Provider')}
      value={value}
      options={[
        { value: '', label: l10n.t('All providers') },
        ...offered.map((name) => ({ value: name, label: name })),
      ]}
      onInput={onInput}
    />
  )
}

/** Words that have to be found. `label`: what else than "Search" it is called. */
export function SearchField({
  label = l10n.t('Search'),
  ...field
}: Pick<TextFieldProps, 'value' | 'onInput' | 'mostCharacters' | 'placeholder'> & { label?: string }) {
  return <TextField id={useId()} label={label} inputMode="search" {...field} />
}
