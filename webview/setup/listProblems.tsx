import { FieldProblem } from '../form/field.tsx'

/** Their place is always there, so that what comes up in it is heard. */
export function ListProblems({ id, problems }: { id: string; problems: readonly string[] }) {
  return (
    <div id={id} aria-live="polite">
      {problems.map((problem) => (
        <FieldProblem key={problem} id={`${id}-${problem}`} problem={problem} />
      ))}
    </div>
  )
}
