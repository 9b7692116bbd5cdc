//! How fast payloads are received, as a picture.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

use crate::contest::Side;
use crate::report::Outcome;
use crate::wire::{Cut, Kind, Shape};
use crate::workloads::{Work, size};

/// So many peers are shown, the fastest.
const PEERS: usize = 5;

/// Payload and GB/s.
type Points = Vec<(f64, f64)>;

/// Binary messages, a read a message.
pub fn receive_binary(outcomes: &[Outcome], path: &Path) -> Result<(), Box<dyn Error>> {
    let lines = lines(outcomes);
    let points = || lines.iter().flat_map(|(_, _, points)| points);
    let (Some(least), Some(most)) =
        (points().map(|point| point.0).reduce(f64::min), points().map(|p| p.1).reduce(f64::max))
    else {
        return Ok(());
    };
    let largest = points().map(|point| point.0).fold(least, f64::max);
    let root = SVGBackend::new(path, (900, 520)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption("Binary messages received, a read a message", ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d((least..largest).log_scale().base(4.0), 0.0..most * 1.05)?;
    chart
        .configure_mesh()
        .x_desc("payload")
        .y_desc("GB/s")
        .x_label_formatter(&|octets| size(octets.round() as usize))
        .light_line_style(WHITE)
        .draw()?;
    for (index, (name, side, points)) in lines.iter().enumerate() {
        let (colour, width) = match side {
            Side::Ours => (RGBColor(200, 30, 30), 3),
            Side::Limit => (RGBColor(120, 120, 120), 2),
            Side::Peer => {
                let colour = Palette99::COLORS[(index + 1) % Palette99::COLORS.len()];
                (RGBColor(colour.0, colour.1, colour.2), 1)
            }
        };
        let style = colour.stroke_width(width);
        chart
            .draw_series(LineSeries::new(points.iter().copied(), style))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    root.present()?;
    Ok(())
}

/// Ours, the limit, and the peers that are fastest all in all.
fn lines(outcomes: &[Outcome]) -> Vec<(&'static str, Side, Points)> {
    let mut lines: Vec<(&'static str, Side, Points)> = Vec::new();
    for outcome in outcomes {
        let Work::Receive(shape) = outcome.row.work else { continue };
        if shape.payload == 0 || shape != Shape::new(Kind::Binary, shape.payload, Cut::Message) {
            continue;
        }
        for figure in &outcome.figures {
            if figure.side == Side::Limit && figure.name != "limit" {
                continue;
            }
            let point = (shape.payload as f64, shape.payload as f64 / figure.min);
            match lines.iter_mut().find(|line| line.0 == figure.name) {
                Some(line) => line.2.push(point),
                None => lines.push((figure.name, figure.side, vec![point])),
            }
        }
    }
    let speed = |points: &Points| points.iter().map(|point| point.1.ln()).sum::<f64>();
    let (mut peers, mut shown): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.1 == Side::Peer);
    peers.sort_by(|one, other| speed(&other.2).total_cmp(&speed(&one.2)));
    shown.extend(peers.into_iter().take(PEERS));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Figure;
    use crate::workloads::rows;

    #[test]
    fn a_line_for_each() {
        let outcomes: Vec<_> = rows()
            .into_iter()
            .filter(|row| row.workload == "receive-binary")
            .map(|row| {
                let figures = vec![
                    Figure::of("ours", Side::Ours, 10.0),
                    Figure::of("limit", Side::Limit, 5.0),
                    Figure::of("memcpy", Side::Limit, 4.0),
                    Figure::of("somebody", Side::Peer, 20.0),
                ];
                Outcome { row, figures }
            })
            .collect();
        let path = std::env::temp_dir().join(format!("bench-plot.{}.svg", std::process::id()));
        receive_binary(&outcomes, &path).expect("a plot");
        let svg = std::fs::read_to_string(&path).expect("a file");
        std::fs::remove_file(&path).ok();
        for name in ["ours", "limit", "somebody", "16 MiB"] {
            assert!(svg.contains(name), "{name}");
        }
        assert!(!svg.contains("memcpy"));
    }
}
