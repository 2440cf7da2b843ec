/** A made-up picture of a person: two colours and a shape, as a PNG drawn here. */
export function face(seed: number): string {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const draw = canvas.getContext("2d");
  if (!draw) return "";
  const hue = (seed * 67) % 360;
  draw.fillStyle = `hsl(${hue} 38% 62%)`;
  draw.fillRect(0, 0, 64, 64);
  draw.fillStyle = `hsl(${(hue + 150) % 360} 30% 30%)`;
  draw.beginPath();
  draw.arc(32, 25, 12, 0, 7);
  draw.arc(32, 66, 26, 0, 7);
  draw.fill();
  return canvas.toDataURL("image/png");
}
