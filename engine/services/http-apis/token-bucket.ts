import type { Clock } from "../clock";
import type { Throttle } from "./api-definition";

// What an account has in most regions: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
const accountRate = 10_000;
const accountBurst = 5_000;

/** Lets through `rate` requests a second, and up to `burst` at once. */
export class TokenBucket {
  private readonly rate: number;
  private readonly burst: number;
  private tokens: number;
  private filled: number;

  public constructor(
    { rate = accountRate, burst = accountBurst }: Throttle,
    private readonly clock: Clock,
  ) {
    this.rate = rate;
    this.burst = burst;
    this.tokens = burst;
    this.filled = clock.now();
  }

  /** Whether another request may pass; if so, it has. */
  public take(): boolean {
    const now = this.clock.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.filled) / 1000) * this.rate);
    this.filled = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
