/** What is wrong with a scene, in words for whoever made it. */
export class SceneError extends Error {
  public constructor(message: string) {
    super(message);
    this.name = "SceneError";
  }
}
