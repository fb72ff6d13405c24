//! The latent map beside the slice, with the cursor's voxel on it.

use ratatui::buffer::Buffer;

use crate::tui::panels::OnMap;

use super::Scene;

pub fn draw(scene: &Scene, buffer: &mut Buffer) {
    let Scene { app, theme, .. } = *scene;
    let (Some(area), Some(chart)) = (app.chart_area(), &app.chart) else {
        return;
    };
    let cube = app.cube().filter(|_| chart.coloured);
    let on = OnMap {
        latent: app.latent_at_cursor(),
        lit: app.lit.map(|node| (node as usize).saturating_sub(1)),
        colours: cube.as_ref(),
    };
    chart.panel.draw_beside(area, buffer, &theme, &on);
}
