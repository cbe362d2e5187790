import { useKeyGuard } from '../toolkit.tsx'
import { FieldProblem } from './field.tsx'

export interface SuggestFieldProps {
  id: string
  label: string
  value: string
  /** What may be meant; anything else may be typed, too. */
  suggestions: readonly string[]
  onInput(value: string): void
  hint?: string | undefined
  problem?: string | null
  placeholder?: string | undefined
  isRequired?: boolean
}

/** A text with suggestions to choose from: the browser's own, so that thousands of them cost nothing until one types. */
export function SuggestField(props: SuggestFieldProps) {
  const { id, label, value, suggestions, onInput, hint, problem = null, placeholder, isRequired } = props
  const { accept, notice } = useKeyGuard(onInput)
  const described = [`${id}-problem`, ...(hint ? [`${id}-hint`] : [])].join(' ')
  return (
    <div class="field suggest-field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <input
        id={id}
        type="text"
        list={`${id}-list`}
        value={value}
        placeholder={placeholder}
        maxLength={256}
        spellcheck={false}
        autocomplete="off"
        required={isRequired}
        aria-invalid={problem === null ? undefined : 'true'}
        aria-describedby={described}
        onInput={(event) => accept(event.currentTarget)}
      />
      <datalist id={`${id}-list`}>
        {suggestions.map((suggestion) => (
          <option key={suggestion} value={suggestion} />
        ))}
      </datalist>
      {hint ? (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {notice}
      <FieldProblem id={`${id}-problem`} problem={problem} />
    </div>
  )
}
