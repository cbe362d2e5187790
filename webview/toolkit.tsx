// The one module that knows @vscode/webview-ui-toolkit, which is archived: to replace it, replace this file. The rest of the page
// knows these components by what they are for. Each has its name, its state and its description for people who cannot see it.

import * as l10n from '@vscode/l10n'
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextArea,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit'
import type { ComponentChildren, FunctionComponent, HTMLAttributes, Ref } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { holdsKnownKey, looksLikeKey, withoutKeys } from '../shared/keys/keyShape.ts'

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeProgressRing(),
  vsCodeTextArea(),
  vsCodeTextField(),
)

/** What the elements are to the outside, as far as it is used here. */
type Control = HTMLElement & {
  value: string
  checked: boolean
  disabled: boolean
  /** The native element inside, which has the focus and so has to have the description. */
  control?: HTMLElement
}

/** A custom element as a component with typed properties: to the renderer, its name is one. */
const element = <Properties,>(name: string) =>
  name as unknown as FunctionComponent<HTMLAttributes<Control> & { ref?: Ref<Control> | undefined } & Properties>

interface TextProperties {
  placeholder?: string | undefined
  disabled?: boolean
  maxlength?: number
  spellcheck?: boolean
}
const VscodeButton = element<{ appearance: string; disabled: boolean }>('vscode-button')
const VscodeCheckbox = element<{ disabled: boolean }>('vscode-checkbox')
const VscodeDropdown = element<{ disabled: boolean }>('vscode-dropdown')
const VscodeOption = element<{ value: string; selected: boolean }>('vscode-option')
const VscodeProgressRing = element<object>('vscode-progress-ring')
const VscodeTextArea = element<TextProperties & { rows: number; resize: string }>('vscode-text-area')
const VscodeTextField = element<TextProperties>('vscode-text-field')

export interface ButtonProps {
  children: ComponentChildren
  onClick(): void
  /** One `primary` in a place; `icon` for small ones, which then need a `label`. */
  look?: 'primary' | 'secondary' | 'icon'
  disabled?: boolean | undefined
  /** Says more than the words on it, such as which row a "Remove" belongs to. */
  label?: string | undefined
  id?: string | undefined
  describedBy?: string | undefined
  buttonRef?: Ref<HTMLElement> | undefined
}

export function Button({
  children,
  onClick,
  look = 'secondary',
  disabled,
  label,
  id,
  describedBy,
  buttonRef,
}: ButtonProps) {
  return (
    <VscodeButton
      ref={buttonRef as Ref<Control>}
      id={id}
      appearance={look}
      disabled={disabled ?? false}
      aria-label={label}
      aria-describedby={describedBy}
      title={label}
      onClick={() => {
        if (!disabled) onClick()
      }}
    >
      {children}
    </VscodeButton>
  )
}

interface FieldProps {
  id: string
  label: string
  value: string
  onInput(value: string): void
  onLeave?: (() => void) | undefined
  disabled?: boolean | undefined
  /** Ids of what describes it: its explanation, and what is wrong with it. */
  describedBy?: readonly string[]
  isInvalid?: boolean | undefined
}

/**
 * What a person types, without what looks like a key: it goes neither into the page's state nor over the bridge. In a search ids and
 * digests have their place, and only the keys of well-known services are taken out.
 */
export function useKeyGuard(onInput: (value: string) => void, { isSearch = false, onKey = () => {} } = {}) {
  const [isRefused, setRefused] = useState(false)
  const accept = (field: { value: string }) => {
    const isKey = isSearch ? holdsKnownKey(field.value) : looksLikeKey(field.value)
    // At once: a refused text that equals the old one would not be drawn anew.
    if (isKey) field.value = withoutKeys(field.value, '')
    setRefused(isKey)
    onInput(field.value)
    if (isKey) onKey()
  }
  const notice = isRefused ? (
    <p class="field-problem" role="alert">
      {l10n.t('That looked like a key and was taken out. A key goes only into the masked box of the editor.')}
    </p>
  ) : null
  return { accept, notice }
}

export interface TextFieldProps extends FieldProps {
  /** A key was pasted here, and is not here any more. */
  onKey?: (() => void) | undefined
  placeholder?: string | undefined
  /** What the keyboard of a small screen should offer. */
  inputMode?: 'text' | 'numeric' | 'decimal' | 'url' | 'search' | undefined
  isRequired?: boolean | undefined
  mostCharacters?: number | undefined
}

export function TextField(props: TextFieldProps) {
  const { id, label, value, onInput, onKey, onLeave, disabled, placeholder, inputMode, isRequired, mostCharacters } =
    props
  const field = useControl(props)
  const { accept, notice } = useKeyGuard(onInput, { isSearch: inputMode === 'search', ...(onKey ? { onKey } : {}) })
  useLayoutEffect(() => {
    if (field.current && field.current.value !== value) field.current.value = value
  })
  return (
    <>
      <VscodeTextField
        ref={field}
        id={id}
        placeholder={placeholder}
        disabled={disabled ?? false}
        spellcheck={false}
        {...(mostCharacters ? { maxlength: mostCharacters } : {})}
        aria-required={isRequired ? 'true' : undefined}
        inputMode={inputMode}
        onInput={(event) => accept(event.currentTarget)}
        onBlur={onLeave}
      >
        {label}
      </VscodeTextField>
      {notice}
    </>
  )
}

export interface TextAreaProps extends FieldProps {
  rows?: number
  mostCharacters?: number | undefined
}

export function TextArea(props: TextAreaProps) {
  const { id, label, value, onInput, onLeave, disabled, rows = 4, mostCharacters } = props
  const field = useControl(props)
  const { accept, notice } = useKeyGuard(onInput)
  useLayoutEffect(() => {
    if (field.current && field.current.value !== value) field.current.value = value
  })
  return (
    <>
      <VscodeTextArea
        ref={field}
        id={id}
        rows={rows}
        resize="vertical"
        disabled={disabled ?? false}
        {...(mostCharacters ? { maxlength: mostCharacters } : {})}
        onInput={(event) => accept(event.currentTarget)}
        onBlur={onLeave}
      >
        {label}
      </VscodeTextArea>
      {notice}
    </>
  )
}

export interface Option {
  value: string
  label: string
}

export interface DropdownProps extends FieldProps {
  options: readonly Option[]
}

export function Dropdown(props: DropdownProps) {
  const { id, label, value, options, onInput, disabled } = props
  const field = useControl(props)
  // The element finds its options a moment after they are there.
  useEffect(() => {
    if (field.current && field.current.value !== value) field.current.value = value
  })
  return (
    <div class="dropdown-field">
      <span id={`${id}-label`} class="field-label">
        {label}
      </span>
      <VscodeDropdown
        ref={field}
        id={id}
        disabled={disabled ?? false}
        aria-labelledby={`${id}-label`}
        onChange={(event) => onInput(event.currentTarget.value)}
      >
        {options.map((option) => (
          // The box repeats the words that an option had when it came: with other words it is another one.
          <VscodeOption key={`${option.value} ${option.label}`} value={option.value} selected={option.value === value}>
            {option.label}
          </VscodeOption>
        ))}
      </VscodeDropdown>
    </div>
  )
}

export interface CheckboxProps {
  id: string
  children: ComponentChildren
  checked: boolean
  onChange(checked: boolean): void
  disabled?: boolean | undefined
  describedBy?: readonly string[]
  isInvalid?: boolean | undefined
  /** Says more than the words beside it, and holds them. */
  label?: string | undefined
}

export function Checkbox(props: CheckboxProps) {
  const { id, children, checked, onChange, disabled } = props
  const field = useControl(props)
  // A change that was refused leaves the element where the person put it until it is set again.
  useLayoutEffect(() => {
    if (field.current && field.current.checked !== checked) field.current.checked = checked
  })
  return (
    <VscodeCheckbox
      ref={field}
      id={id}
      disabled={disabled ?? false}
      onChange={(event) => {
        const wanted = event.currentTarget.checked
        if (wanted !== checked) onChange(wanted)
      }}
    >
      {children}
    </VscodeCheckbox>
  )
}

/** Something is under way. What it is stands beside it in words. */
export function Spinner() {
  return <VscodeProgressRing aria-hidden="true" />
}

/** Ids do not reach into the elements' own trees, but element references do: the description is heard with the field. */
function useControl({
  label,
  describedBy,
  isInvalid,
}: {
  label?: string | undefined
  describedBy?: readonly string[] | undefined
  isInvalid?: boolean | undefined
}) {
  const field = useRef<Control>(null)
  // Before it is drawn, so that a field is marked in the same frame in which the reason appears beside it.
  useLayoutEffect(() => {
    const element = field.current
    if (!element) return
    // Once, when it appears, the element takes its own words for its name.
    if (label !== undefined && !element.hasAttribute('aria-labelledby')) element.setAttribute('aria-label', label)
    const focused = element.control instanceof HTMLElement ? element.control : element
    const described = (describedBy ?? []).flatMap((id) => document.getElementById(id) ?? [])
    focused.ariaDescribedByElements = described.length > 0 ? described : null
    for (const each of new Set([element, focused])) {
      if (isInvalid) each.setAttribute('aria-invalid', 'true')
      else each.removeAttribute('aria-invalid')
    }
  })
  return field
}
