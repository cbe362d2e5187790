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

/** The same in a line of other things: its name is in it, not above it. */
export function SearchLine({
  value,
  placeholder,
  mostCharacters,
  onInput,
  onLeave,
}: Pick<TextFieldProps, 'value' | 'placeholder' | 'mostCharacters' | 'onInput'> & {
  /** Escape or Enter: back to what is searched. */
  onLeave(): void
}) {
  return (
    <input
      type="text"
      class="search-line"
      inputMode="search"
      spellcheck={false}
      aria-label={l10n.t('Search')}
      placeholder={placeholder}
      maxLength={mostCharacters}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && value !== '') onInput('')
        else if (event.key === 'Escape' || event.key === 'Enter') onLeave()
        else return
        event.preventDefault()
      }}
    />
  )
}
