package repository

import (
	"gorm.io/gorm"

	"piano/internal/model"
)

// pageOf runs a query twice: once to count its rows, once to read a page of them.
func pageOf[Row any](query *gorm.DB, order string, page model.Page) ([]Row, int64, error) {
	query = query.Session(&gorm.Session{})
	var total int64
	if err := query.Count(&total).Error; err != nil {
		return nil, 0, err
	}
	rows := make([]Row, 0, page.Size)
	err := query.Order(order).Limit(page.Size).Offset(page.Offset()).Find(&rows).Error
	return rows, total, err
}
