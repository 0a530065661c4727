/** What stands there until it is known who looks: the same that the page had before its scripts, so that nothing flickers. */
export function Starting() {
  return <div className="starting">idflow</div>;
}
