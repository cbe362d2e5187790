/** What happened by itself is heard by whoever cannot see it. */
export function Announcement({ sentence }: { sentence: string }) {
  return (
    <div role="status" aria-live="polite" class="unseen">
      {sentence}
    </div>
  )
}
